import subprocess
import sys

from vidstudio.engine.catalog import STAGES


def test_every_stage_is_under_its_own_name() -> None:
    assert all(name == stage.name for name, stage in STAGES.items())
    assert {"times", "active", "fingerprint", "align", "measure", "compare", "embed_basic", "embed_model"} <= set(
        STAGES
    )


def test_the_catalog_loads_nothing_heavy() -> None:
    code = (
        "import sys, vidstudio.engine.catalog\n"
        "heavy = {'torch', 'transformers', 'cv2', 'PySide6', 'ultralytics', 'sam2'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

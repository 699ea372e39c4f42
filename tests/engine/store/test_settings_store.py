from __future__ import annotations

from pathlib import Path

import pytest
from counted_stages import toy_paths

from vidstudio.engine.settings import Settings
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.store import Store


def test_defaults_and_round_trip(tmp_path: Path) -> None:
    wanted = Settings(theme="light", threshold=0.25, segment_us=1_000_000, models_folder="/m", reduce_motion=True)
    with Store(toy_paths(tmp_path)) as store:
        assert store.settings.load() == Settings()
        assert store.settings.save(wanted) == Changes.of("settings")
    with Store(toy_paths(tmp_path)) as store:
        assert store.settings.load() == wanted
        store.settings.save(Settings())
        assert store.settings.load() == Settings()


@pytest.mark.parametrize("value", ['"pink"', "7", "{", "", "null"])
def test_what_makes_no_sense_has_its_default(tmp_path: Path, value: str) -> None:
    with Store(toy_paths(tmp_path)) as store:
        store.settings.save(Settings(theme="light", threshold=0.5))
        with store._db.write() as db:
            db.execute("UPDATE settings SET value = ? WHERE name = 'theme'", [value])
            db.execute("INSERT INTO settings (name, value) VALUES ('of_a_later_version', '1')")
        assert store.settings.load() == Settings(threshold=0.5)


def test_changes_add_up() -> None:
    both = Changes.of("media") | Changes.of("jobs", "media")
    assert both.kinds == {"media", "jobs"}
    assert both
    assert not Changes()

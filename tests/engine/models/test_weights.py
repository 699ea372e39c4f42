"""What is said about weights on the disk: whole, in part, damaged, of another kind, or not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from stand_in_hub import TAKEN, WEIGHTS

from vidstudio.engine.errors import ModelUnavailable
from vidstudio.engine.models.weights import (
    DEFAULT,
    KNOWN,
    find_weights,
    list_weights,
    remove_weights,
    size_text,
    weights_revision,
)


@pytest.fixture(autouse=True)
def no_hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)


def put(folder: Path, **changes: bytes | None) -> Path:
    folder.mkdir(parents=True)
    files = {name.replace(".", "_"): (name, data) for name, data in TAKEN.items()}
    for key, (name, data) in files.items():
        content = changes.get(key, data)
        if content is not None:
            (folder / name).write_bytes(content)
    return folder


def test_whole_weights_are_found_by_name_and_by_folder(tmp_path: Path) -> None:
    folder = put(tmp_path / "models" / "tiny--dinov2")
    assert find_weights("tiny/dinov2", tmp_path / "models") == folder
    assert find_weights(str(folder), tmp_path) == folder
    (one,) = list_weights(tmp_path / "models")
    assert (one.name, one.state, one.own, one.size_bytes) == (
        "tiny/dinov2",
        "here",
        True,
        sum(map(len, TAKEN.values())),
    )


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        (DEFAULT, "88 MB, licence Apache-2.0", f"vidstudio models fetch {DEFAULT}"),
        ("nobody/nothing", "weights of nobody/nothing are not", "nobody--nothing"),
        ("frobnicate", "no embedder called “frobnicate”", "basic"),
        ("./no/folder", "folder no/folder does not exist", "safetensors"),
        ("{tmp}", "holds no model: config.json", "safetensors"),
    ],
)
def test_what_is_not_here_is_said_with_what_to_do(tmp_path: Path, name: str, message: str, hint: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        find_weights(name.replace("{tmp}", str(tmp_path)), tmp_path / "models")
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_safetensors": WEIGHTS[:-1]}, "model.safetensors is damaged"),
        ({"model_safetensors": WEIGHTS + b"x"}, "model.safetensors is damaged"),
        ({"model_safetensors": b""}, "model.safetensors is damaged"),
        ({"model_safetensors": b"\xff" * 5000}, "model.safetensors is damaged"),
        ({"model_safetensors": (2).to_bytes(8, "little") + b"[]"}, "model.safetensors is damaged"),
        ({"model_safetensors": None}, "no safetensors weights"),
        ({"preprocessor_config_json": None}, "missing: preprocessor_config.json"),
    ],
    ids=["cut", "longer", "empty", "no header", "no table", "none", "no processor"],
)
def test_a_bad_folder_is_said(tmp_path: Path, changes: dict[str, bytes | None], message: str) -> None:
    folder = put(tmp_path / "mine", **changes)
    with pytest.raises(ModelUnavailable, match=message.replace(".", r"\.")):
        find_weights(str(folder), tmp_path / "models")


def test_a_missing_part_of_split_weights_is_noticed(tmp_path: Path) -> None:
    folder = put(tmp_path / "models" / "big--one")
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    (folder / "model.safetensors.index.json").write_text(
        '{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}'
    )
    with pytest.raises(ModelUnavailable, match=r"Only a part .* missing: model-2\.safetensors") as caught:
        find_weights("big/one", tmp_path / "models")
    assert "vidstudio models fetch big/one" in caught.value.hint
    assert [one.state for one in list_weights(tmp_path / "models")] == ["part"]


def test_only_what_is_in_the_models_folder_is_removed(tmp_path: Path) -> None:
    models, mine = tmp_path / "models", put(tmp_path / "mine")
    folder = put(models / "tiny--dinov2")
    with pytest.raises(ModelUnavailable, match="not in the models folder"):
        remove_weights(str(mine), models)
    with pytest.raises(ModelUnavailable, match="not in the models folder"):
        remove_weights("../mine", models)
    assert remove_weights("tiny/dinov2", models).folder == folder
    assert not folder.exists()
    assert mine.exists()


def test_the_revision_changes_with_weights_and_configuration(tmp_path: Path) -> None:
    folder = put(tmp_path / "mine")
    seen = {weights_revision(folder)}
    for name in ("config.json", "preprocessor_config.json", "model.safetensors"):
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
        seen.add(weights_revision(folder))
    assert len(seen) == 4


def test_what_is_known_can_be_said() -> None:
    assert KNOWN[0].name == DEFAULT
    assert [size_text(count) for count in (900, 88_000_000, 1_500_000_000)] == ["1 kB", "88 MB", "1.5 GB"]

"""Which weights are on this computer, and what is known about those that are not. No torch, no network."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from vidstudio.engine.errors import EnvironmentProblem, ModelUnavailable
from vidstudio.engine.identity import content_id
from vidstudio.engine.sizes import size_text

DEFAULT = "facebook/dinov2-small"
WEIGHT_FILES = ["*.json", "*.safetensors", "LICENSE*", "README.md"]
"""What is taken of a repository: never pickles, never code."""
State = Literal["here", "part", "absent"]

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_FOLDER_LIKE = re.compile(r"[./~\\]|[A-Za-z]:[\\/]")
TORCHSCRIPT = ".torchscript.pt"
PARTS = ".parts"
"""Inside a model's folder: what is not fetched to its end."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """An image model that is known to work. size_bytes: of the download, roughly."""

    name: str
    title: str
    licence: str
    size_bytes: int
    about: str


KNOWN: tuple[KnownModel, ...] = (
    KnownModel(DEFAULT, "DINOv2 small", "Apache-2.0", 88_000_000, "tells scenes apart; quick on a CPU too"),
    KnownModel("facebook/dinov2-base", "DINOv2 base", "Apache-2.0", 346_000_000, "finer than small, four times slower"),
    KnownModel(
        "google/siglip2-base-patch16-224",
        "SigLIP 2 base",
        "Apache-2.0",
        1_500_000_000,
        "judges what is shown, not how it looks",
    ),
)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights on this computer. own: they are in the models folder, so they may be removed. size_bytes: on the disk."""

    name: str
    folder: Path
    size_bytes: int
    state: State
    own: bool = True


def is_hub_name(name: str) -> bool:
    """Whether the hub may have it: `org/name`."""
    return _REPOSITORY.fullmatch(name) is not None


def models_subfolder(name: str, models_folder: Path) -> Path:
    """Where the weights of the hub's model `name` are kept: `org/name` becomes `org--name`."""
    return models_folder / name.replace("/", "--")


def list_weights(models_folder: Path) -> list[Weights]:
    """What is in the models folder, also files of TorchScript, and what of KNOWN is in the hub's own cache; by name."""
    found = {}
    folders = sorted(models_folder.iterdir()) if models_folder.is_dir() else []
    for folder in folders:
        if folder.is_dir() and ((folder / "config.json").is_file() or (folder / PARTS).is_dir()):
            name = folder.name.replace("--", "/", 1)
            state: State = "part" if _missing(folder) else "here"
            found[name] = Weights(name, folder, _size(folder), state)
    for file in models_folder.glob(f"*{TORCHSCRIPT}"):
        name = file.name.removesuffix(TORCHSCRIPT)
        found[name] = Weights(name, file, file.stat().st_size, "here", own=False)
    for model in KNOWN:
        if model.name not in found and (cached := _in_hub_cache(model.name)) is not None:
            found[model.name] = Weights(model.name, cached, _size(cached), "here", own=False)
    return [found[name] for name in sorted(found)]


def is_torchscript(name: str) -> bool:
    """Whether a name means one file of TorchScript: `sscd_…`, or a path that ends in `.torchscript.pt`."""
    return name.endswith(TORCHSCRIPT) or re.fullmatch(r"sscd_\w+", name) is not None


def find_weights(name: str, models_folder: Path) -> Path:
    """The folder with a model's weights, without any network; of a TorchScript model the file.

    name: a folder, or what is in `models_folder`, or a hub's name whose weights are in the hub's own cache.
    Raises ModelUnavailable: not here, here in part only, no model at all, damaged.
    """
    if is_torchscript(name):
        return _find_torchscript(name, models_folder)
    own = models_subfolder(name, models_folder)
    for folder in (Path(name).expanduser(), own):
        if (folder / "config.json").is_file():
            check_weights(folder, name)
            return folder.resolve()
    if _FOLDER_LIKE.match(name):
        folder = Path(name).expanduser()
        what = "holds no model: config.json is missing" if folder.is_dir() else "does not exist"
        raise ModelUnavailable(
            f"The folder {folder} {what}.",
            f"Give the folder of an image model with safetensors weights, or a name such as {DEFAULT}.",
        )
    cached = _in_hub_cache(name)
    if cached is not None:
        check_weights(cached, name)
        return cached
    raise _absent(name, own)


def _find_torchscript(name: str, models_folder: Path) -> Path:
    file = Path(name).expanduser() if name.endswith(TORCHSCRIPT) else models_folder / f"{name}{TORCHSCRIPT}"
    if file.is_file():
        return file.resolve()
    where = "" if name.endswith(TORCHSCRIPT) else f" Its authors offer it for download; put it into {models_folder}."
    raise ModelUnavailable(
        f"There is no file {file}.", f"It is a program, so it is never fetched for you.{where}".strip()
    )


def check_weights(folder: Path, name: str) -> None:
    """Raises ModelUnavailable when something in `folder` is missing or cut off, as far as it shows without loading."""
    missing = _missing(folder)
    if missing and is_hub_name(name) and ((folder / PARTS).is_dir() or missing != ["model.safetensors"]):
        raise ModelUnavailable(
            f"Only a part of the weights of {name} is here; missing: {', '.join(missing)}.",
            f"`vidstudio models fetch {name}` goes on where it stopped; so does the window's settings.",
        )
    if missing == ["model.safetensors"]:
        raise no_safetensors(name)
    if missing:
        raise ModelUnavailable(
            f"{name} is not complete; missing: {', '.join(missing)}.", "Put the files that belong together there."
        )
    for file in folder.glob("*.safetensors"):
        _check_safetensors(file, name)


def no_safetensors(name: str) -> ModelUnavailable:
    """Weights in another format, or none."""
    return ModelUnavailable(
        f"{name} has no safetensors weights.",
        "Other formats can carry code, so they are never loaded. Convert the weights, or choose another model.",
    )


def remove_weights(name: str, models_folder: Path) -> Weights:
    """Remove a model from the models folder; returns what was there.

    Raises ModelUnavailable when it is not in there (what lies elsewhere is the user's own), EnvironmentProblem.
    """
    found = next((one for one in list_weights(models_folder) if one.name == name), None)
    if found is None or not found.own:
        where = f" (it is in {found.folder}, which is not VidStudio's)" if found is not None else ""
        raise ModelUnavailable(
            f"{name} is not in the models folder{where}.", "`vidstudio models list` shows what can be removed."
        )
    try:
        shutil.rmtree(found.folder)
    except OSError as error:
        raise EnvironmentProblem(
            f"{found.folder} cannot be removed ({error.strerror or error}).",
            "Close programs that use the model, and check the folder's rights.",
        ) from error
    return found


def weights_revision(folder: Path) -> str:
    """Eight hex digits that change with the configuration or the weights (or with the file of TorchScript)."""
    if folder.is_file():
        return content_id(folder)[:8]
    digest = hashlib.sha256()
    configurations = [folder / name for name in ("config.json", "preprocessor_config.json")]
    for file in sorted([*folder.glob("*.safetensors"), *(one for one in configurations if one.is_file())]):
        digest.update(content_id(file).encode())
    return digest.hexdigest()[:8]


def _absent(name: str, own: Path) -> ModelUnavailable:
    if not is_hub_name(name):
        return ModelUnavailable(
            f"There is no embedder called “{name}”.",
            f"Use basic, which needs no weights, a name such as {DEFAULT} (see `vidstudio models list`), or a folder.",
        )
    known = next((model for model in KNOWN if model.name == name), None)
    about = f" (about {size_text(known.size_bytes)}, licence {known.licence})" if known else ""
    return ModelUnavailable(
        f"The weights of {name}{about} are not on this computer.",
        f"Fetch them with `vidstudio models fetch {name}` or in the window's settings,"
        f" or put config.json, preprocessor_config.json and model.safetensors into {own}.",
    )


def _missing(folder: Path) -> list[str]:
    """Names of files that the model needs and that are not there."""
    wanted = ["config.json", "preprocessor_config.json"]
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            wanted += sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        except (OSError, ValueError, KeyError, AttributeError):
            wanted.append(index.name)
    missing = [name for name in wanted if not (folder / name).is_file()]
    if not any(folder.glob("*.safetensors")) and not index.is_file():
        missing.append("model.safetensors")
    return missing


def _check_safetensors(file: Path, name: str) -> None:
    """The header must be one, and the file as long as it says."""
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            header = json.loads(opened.read(length)) if length <= size - 8 else {"": {}}
        ends = [int(one["data_offsets"][1]) for key, one in header.items() if key != "__metadata__"]
        if 8 + length + max(ends, default=0) == size:
            return
    except OSError as error:
        raise EnvironmentProblem(f"{file} cannot be read ({error.strerror or error}).", "Check its rights.") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise _damaged(file, name) from error
    raise _damaged(file, name)


def _damaged(file: Path, name: str) -> ModelUnavailable:
    again = f"`vidstudio models fetch {name}` fetches it again." if is_hub_name(name) else "Get it again."
    return ModelUnavailable(f"{name} cannot be loaded: {file.name} is damaged or cut off.", again)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _in_hub_cache(name: str) -> Path | None:
    """The newest snapshot of a hub's model in the hub's own cache; its client is loaded only when there may be one."""
    if not is_hub_name(name):
        return None
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()
    if not (cache / f"models--{name.replace('/', '--')}").is_dir():
        return None
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError
    except ImportError:
        return None
    try:
        folder = Path(snapshot_download(name, allow_patterns=WEIGHT_FILES, local_files_only=True, cache_dir=cache))
    except LocalEntryNotFoundError:
        return None
    return folder if (folder / "config.json").is_file() else None


def is_weight_file(name: str) -> bool:
    """Whether a repository's file is taken: of the kinds that carry no code, and inside the model's folder."""
    inside = not Path(name).is_absolute() and ".." not in Path(name).parts and "\\" not in name
    return inside and any(fnmatch(name, pattern) for pattern in WEIGHT_FILES)

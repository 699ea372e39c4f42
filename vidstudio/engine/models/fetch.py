"""Fetching weights from the hub into the models folder: only after a person agreed to size and licence."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from vidstudio.engine.errors import CloudError, EngineError, EnvironmentProblem, ModelUnavailable
from vidstudio.engine.models.download import download
from vidstudio.engine.models.weights import (
    DEFAULT,
    PARTS,
    is_hub_name,
    is_weight_file,
    models_subfolder,
)
from vidstudio.engine.sizes import size_text

Progressed = Callable[[int, int], None]

_TIMEOUT_S = 5.0
_PIECE = 4 * 1024**2
_ROOM = 64 * 1024**2  # left free on the disk


@dataclass(frozen=True, slots=True)
class WeightsOffer:
    """What the hub has under `name`: to be shown before anything is fetched.

    files: name, size in bytes, and sha256 ("" for small text files, of which the hub keeps none).
    licence: as the repository says it, "" when it does not.
    """

    name: str
    revision: str
    licence: str
    files: tuple[tuple[str, int, str], ...]

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(size for _, size, _ in self.files)


def ask(name: str) -> WeightsOffer:
    """Ask the hub about a model.

    Raises ModelUnavailable (no such model, no safetensors weights), CloudError (no connection, no rights).
    """
    if not is_hub_name(name):
        raise ModelUnavailable(f"“{name}” is no name of the hub.", f"Names look like {DEFAULT}.")
    with _hub(name) as hub:
        info = hub.HfApi().model_info(name, files_metadata=True, timeout=_TIMEOUT_S)
    files = tuple(
        (file.rfilename, int(file.size or 0), str(file.lfs.sha256) if file.lfs else "")
        for file in info.siblings or []
        if is_weight_file(file.rfilename)
    )
    if not any(file.endswith(".safetensors") for file, _, _ in files):
        raise ModelUnavailable(
            f"{name} has no safetensors weights.",
            "Other formats can carry code, so they are never fetched. Choose another model.",
        )
    names = {file for file, _, _ in files}
    if not {"config.json", "preprocessor_config.json"} <= names:
        raise ModelUnavailable(
            f"{name} is no image model of the transformers library.", "`vidstudio models list` shows some that are."
        )
    card = info.card_data
    return WeightsOffer(name, str(info.sha), str(card.get("license") or "") if card else "", files)


def fetch(
    offer: WeightsOffer, models_folder: Path, *, agreed: bool, progress: Progressed = lambda done, total: None
) -> Path:
    """Fetch what was offered, going on where an earlier try stopped; returns the model's folder.

    agreed: the person said yes to size and licence; ValueError otherwise. progress(done, total) in
    bytes, never going back; what it raises (Cancelled) ends the fetch between two pieces, and what has
    arrived is kept. Every file with a known sha256 is checked, those that were there before too, and
    removed when it does not match. Raises ModelUnavailable, CloudError, EnvironmentProblem.
    """
    if not agreed:
        raise ValueError("weights are fetched only when the person agreed")
    folder = models_subfolder(offer.name, models_folder)
    _check_room(offer, folder)
    tell = _rising(progress, offer.size_bytes)
    before = 0
    for file, size, sha256 in offer.files:
        _fetch_one(offer, file, sha256, folder, tell, before)
        before += size
        tell(before)
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    return folder


def _fetch_one(
    offer: WeightsOffer, file: str, sha256: str, folder: Path, tell: Callable[[int], None], before: int
) -> None:
    target = folder / file
    with _hub(offer.name, folder) as hub:
        if sha256 and target.is_file():
            if _sha256(target, lambda: tell(before)) == sha256:
                return
            target.unlink()
        url = f"{hub.constants.ENDPOINT}/{offer.name}/resolve/{offer.revision}/{quote(file)}"
        part = folder / PARTS / f"{file}.{(sha256 or offer.revision)[:16]}"
        download(url, hub.utils.build_hf_headers(), part, lambda there: tell(before + there))
        if sha256 and _sha256(part, lambda: tell(before)) != sha256:
            part.unlink()
            raise ModelUnavailable(
                f"{file} arrived damaged and was removed: its sha256 is not the one that was promised.",
                "Fetch it again; if it stays so, do not trust where it comes from.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)


def _sha256(file: Path, alive: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            digest.update(piece)
            alive()
    return digest.hexdigest()


def _check_room(offer: WeightsOffer, folder: Path) -> None:
    """Raises EnvironmentProblem when the disk has no room for what is not there yet."""
    there = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else 0
    wanted = max(0, offer.size_bytes - there)
    disk = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(disk).free
    if wanted and free < wanted + _ROOM:
        raise EnvironmentProblem(
            f"{offer.name} takes {size_text(wanted)} more, and only {size_text(free)} are free for {folder.parent}.",
            "Make room there, or choose another models folder in the settings.",
        )


def _rising(progress: Progressed, total: int) -> Callable[[int], None]:
    """Tells bytes of all files together; never fewer than before (a server may begin a file anew)."""
    best = 0

    def tell(done: int) -> None:
        nonlocal best
        best = max(best, min(done, total))
        progress(best, total)

    return tell


@contextmanager
def _hub(name: str, folder: Path | None = None) -> Iterator[Any]:
    """The hub's client; its errors become errors for people, and its connections are closed at the end."""
    try:
        import huggingface_hub as hub
        from huggingface_hub import constants, errors, utils  # noqa: F401 - made known to `hub`
    except ImportError as error:
        raise ModelUnavailable(
            f"Fetching weights needs a library that is not installed here ({error.name}).",
            "Run the set-up again, or install vidstudio[vision].",
        ) from error
    constants.HF_HUB_DISABLE_TELEMETRY = True
    # no connection, time-outs: the base error of whichever HTTP client this version of the hub's library uses
    client_error: type[Exception] = errors.HfHubHTTPError.__bases__[0]
    try:
        yield hub
    except (errors.GatedRepoError, errors.RepositoryNotFoundError) as error:
        raise _refused(name, gated=isinstance(error, errors.GatedRepoError)) from error
    except httpx.HTTPStatusError as error:
        if error.response.status_code in (401, 403, 404):
            raise _refused(name, gated=error.response.status_code != 404) from error
        raise _unreachable(name, error, folder) from error
    except (errors.HfHubHTTPError, client_error, httpx.HTTPError, ConnectionError) as error:
        raise _unreachable(name, error, folder) from error
    except OSError as error:
        raise EnvironmentProblem(
            f"The models folder cannot be written ({error.strerror or error}).", "Check its space and rights."
        ) from error
    finally:
        hub.close_session()


def _refused(name: str, *, gated: bool) -> EngineError:
    if gated:
        return CloudError(
            "auth",
            f"{name} is given only to people who accepted its terms on the hub.",
            "Accept them there and set HF_TOKEN, or choose another model.",
        )
    return ModelUnavailable(
        f"{name} could not be fetched: the hub has no such model (or keeps it private).",
        "Check the name; `vidstudio models list` shows models that are known to work.",
    )


def _unreachable(name: str, error: Exception, folder: Path | None) -> CloudError:
    where = folder or Path("the models folder", name.replace("/", "--"))
    return CloudError(
        "network",
        f"{name} could not be fetched: the hub does not answer ({type(error).__name__}).",
        "Check the connection and try again; what has arrived is kept. Without a network: put config.json,"
        f" preprocessor_config.json and model.safetensors from another computer into {where}"
        " (`vidstudio models list` names the models folder).",
    )

"""Fetching weights from the hub into the models folder: only after a person agreed to size and licence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from vidstudio.engine.errors import EnvironmentProblem, ModelUnavailable
from vidstudio.engine.models.transformers_embedder import WEIGHT_FILES, models_subfolder

Progressed = Callable[[int, int], None]


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
    """Ask the hub about a model. Raises ModelUnavailable: no connection, no such model, no safetensors weights."""
    from huggingface_hub import HfApi

    with _for_people(name):
        info = HfApi().model_info(name, files_metadata=True)
    files = tuple(
        (file.rfilename, int(file.size or 0), str(file.lfs.sha256) if file.lfs else "")
        for file in info.siblings or []
        if any(fnmatch(file.rfilename, pattern) for pattern in WEIGHT_FILES)
    )
    if not any(file.endswith(".safetensors") for file, _, _ in files):
        raise ModelUnavailable(
            f"{name} has no safetensors weights.",
            "Other formats can carry code, so they are never fetched. Choose another model.",
        )
    card = info.card_data
    return WeightsOffer(name, str(info.sha), str(card.get("license") or "") if card else "", files)


def fetch(
    offer: WeightsOffer, models_folder: Path, *, agreed: bool, progress: Progressed = lambda done, total: None
) -> Path:
    """Fetch what was offered, going on where an earlier try stopped; returns the model's folder.

    agreed: the person said yes to size and licence; ValueError otherwise. progress(done, total) in
    bytes; what it raises (Cancelled) ends the fetch between two pieces. Every file with a known sha256
    is checked, and removed when it does not match. Raises ModelUnavailable, EnvironmentProblem.
    """
    if not agreed:
        raise ValueError("weights are fetched only when the person agreed")
    from huggingface_hub import hf_hub_download

    folder = models_subfolder(offer.name, models_folder)
    before = 0
    for file, size, sha256 in offer.files:
        bar = _bar(progress, before, offer.size_bytes)
        with _for_people(offer.name):
            hf_hub_download(offer.name, file, revision=offer.revision, local_dir=folder, tqdm_class=bar)
        if sha256:
            _check(folder / file, sha256)
        before += size
        progress(before, offer.size_bytes)
    return folder


def _check(file: Path, sha256: str) -> None:
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != sha256:
        file.unlink()
        raise ModelUnavailable(
            f"{file.name} arrived damaged and was removed: its sha256 is not the one that was promised.",
            "Fetch it again; if it stays so, do not trust where it comes from.",
        )


@contextmanager
def _for_people(name: str) -> Iterator[None]:
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    # no connection, time-outs: the base error of whichever HTTP client this version of the hub's library uses
    client_error: type[Exception] = HfHubHTTPError.__bases__[0]
    try:
        yield
    except (HfHubHTTPError, client_error, LocalEntryNotFoundError, OfflineModeIsEnabled, ConnectionError) as error:
        raise ModelUnavailable(
            f"{name} could not be fetched ({type(error).__name__}).",
            "Check the name and the connection, or put its files into the models folder by hand.",
        ) from error
    except OSError as error:
        raise EnvironmentProblem(
            f"The models folder cannot be written ({error.strerror or error}).", "Check its space and rights."
        ) from error


def _bar(progress: Progressed, before: int, total: int) -> type[Any]:
    """A tqdm class that draws nothing and tells `progress` the bytes of all files together."""
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc, type-arg, unused-ignore]
        def display(self, *args: Any, **kwargs: Any) -> None:
            pass

        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            progress(before + int(self.n), total)
            return shown

    return Bar

"""Marengo through the real SDK against the strict stand-in: what it sends, what it pays, what it says went wrong."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conformance.video_embedder import check_video_embedder
from stand_in_twelvelabs import CHUNK, KEY, Behaviour, serve_twelvelabs, vector

from vidstudio.engine.clouds import patience, twelvelabs_api, twelvelabs_upload
from vidstudio.engine.clouds.marengo import MODELS
from vidstudio.engine.clouds.patience import Patience
from vidstudio.engine.clouds.permit import Permit
from vidstudio.engine.clouds.twelvelabs import Marengo, try_key
from vidstudio.engine.errors import Cancelled, CloudError, UnreadableMedia, UsageError
from vidstudio.engine.types import Embedding

CONTENT = "c0ffee0123456789c0ffee0123456789"
TASKS = r"/v1\.3/embed-v2/tasks"
UPLOADS = r"/v1\.3/assets/multipart-uploads"
SEGMENT_US = 2_000_000


class Kept(dict[str, str]):
    """Notes in memory."""

    def recall(self, name: str) -> str | None:
        return self.get(name)

    def remember(self, name: str, value: str | None) -> None:
        if value is None:
            self.pop(name, None)
        else:
            self[name] = value


class Killed(BaseException):
    """Ends the work as a kill would: nothing that comes after it is done."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with serve_twelvelabs() as (address, state):
        monkeypatch.setenv("TWELVELABS_BASE_URL", address)
        yield state
    assert state.complaints == []


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Seven chunks and a bit."""
    path = tmp_path / "My secret film.MP4"
    path.write_bytes(np.random.default_rng(1).bytes(7 * CHUNK + 1234))
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def embed(
    path: Path,
    notes: Kept,
    *,
    key: str = KEY,
    model: int = 0,
    segment_us: int = SEGMENT_US,
    tick: Callable[..., Any] = lambda *_: None,
    limit_s: float = 60.0,
) -> list[Embedding]:
    with Marengo(
        MODELS[model], Permit("twelvelabs", key), notes, patience=Patience(pace=0.01), limit_s=limit_s
    ) as embedder:
        return embedder.embed(path, CONTENT, segment_us, tick)


def failure(path: Path, notes: Kept, **options: Any) -> CloudError:
    with pytest.raises(CloudError) as caught:
        embed(path, notes, **options)
    for text in (caught.value.message, caught.value.hint):
        assert text
        assert KEY not in text
    return caught.value


@pytest.mark.parametrize("model", [0, 1])
def test_gives_what_the_service_says(service: Behaviour, film: Path, model: int) -> None:
    service.duration_s = 9.5
    found = embed(film, Kept(), model=model)
    # the service gives nothing for the last second and a half, and a vector of the whole file that nobody wants
    assert [one.segment.span.start_us for one in found] == [0, 2_000_000, 4_000_000, 6_000_000]
    assert {(one.model, one.scope, len(one.vector)) for one in found} == {(MODELS[model].name, "clip", 512)}
    for number, one in enumerate(found):
        said = np.array(vector(digest(film), number))
        np.testing.assert_allclose(one.vector, said / np.linalg.norm(said), atol=1e-6)
    assert service.tasks_of == {digest(film): 1}
    # the file goes as it is, without its name, and is deleted there afterwards
    assert service.assets == {}
    ((upload),) = service.uploads.values()
    assert upload["filename"] == f"vidstudio-{CONTENT}.mp4"
    assert service.count("DELETE", r"/v1\.3/assets/asset0") == 1
    assert not any("secret" in path for _, path in service.asked)


def test_keeps_to_the_port(service: Behaviour, film: Path) -> None:
    notes = Kept()
    with Marengo(MODELS[0], Permit("twelvelabs", KEY), notes, patience=Patience(pace=0.01)) as embedder:
        check_video_embedder(embedder, film, CONTENT, 8_000_000)
    assert service.tasks_of == {digest(film): 1}


def test_another_length_of_segments_is_another_task(service: Behaviour, film: Path) -> None:
    notes = Kept()
    embed(film, notes)
    found = embed(film, notes, segment_us=4_000_000)
    assert [one.segment.span.duration_us for one in found] == [4_000_000, 4_000_000]
    assert service.tasks_of == {digest(film): 2}
    for segment_us in (1_000_000, 2_500_000, 11_000_000):
        with pytest.raises(UsageError, match="whole seconds"):
            embed(film, notes, segment_us=segment_us)


def test_tells_how_far_it_is(service: Behaviour, film: Path) -> None:
    told: list[tuple[float, float, str]] = []
    embed(film, Kept(), tick=lambda *progress: told.append(progress))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1][:2] == (100, 100)
    notes = [note for _, _, note in told]
    assert any(note.startswith("sending to TwelveLabs: 262 kB of 460 kB") for note in notes), set(notes)
    assert "TwelveLabs makes the embeddings" in notes


def test_wrong_key(service: Behaviour, film: Path) -> None:
    wrong = "tlk_WRONG_and_quoted_by_the_service"
    error = failure(film, Kept(), key=wrong)
    assert error.kind == "auth"
    assert "invalid or expired" in error.message
    assert wrong not in str(error)
    assert "•••" in error.message
    assert service.uploads == {}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (402, "", "quota"),
        (403, "usage_limit_exceeded", "quota"),
        (403, "api_not_allowed", "auth"),
        (413, "", "bad_input"),
    ],
)
def test_refusals_are_not_tried_again(service: Behaviour, film: Path, status: int, code: str, kind: str) -> None:
    service.codes[status] = code
    service.fail[("POST", TASKS)] = [status] * 9
    assert failure(film, Kept()).kind == kind
    assert service.count("POST", TASKS) == 1
    assert service.tasks_of == {}


def test_a_film_that_the_service_finds_too_long(service: Behaviour, film: Path) -> None:
    service.longest_s = 5
    error = failure(film, Kept())
    assert error.kind == "bad_input"
    assert "too long" in error.message


def test_a_rate_limit_is_waited_for(service: Behaviour, film: Path) -> None:
    service.retry_after = "30"
    service.fail[("POST", TASKS)] = [429, 429]
    service.fail[("POST", UPLOADS)] = [429]
    began = time.monotonic()
    assert embed(film, Kept())
    assert time.monotonic() - began > 3 * 30 * 0.01  # at a hundredth of the pace
    assert service.tasks_of == {digest(film): 1}


def test_a_rate_limit_that_is_too_long_is_left_to_the_person(service: Behaviour, film: Path) -> None:
    service.retry_after = "3600"
    service.fail[("POST", TASKS)] = [429]
    notes = Kept()
    error = failure(film, notes)
    assert error.kind == "rate"
    assert "3600 s" in error.message
    assert service.count("POST", TASKS) == 1
    assert embed(film, notes)
    assert service.tasks_of == {digest(film): 1}
    assert len(service.uploads) == 1  # the file was not sent again


def test_faults_of_the_service_pass(service: Behaviour, film: Path) -> None:
    service.fail = {
        ("POST", UPLOADS): [503],
        ("PUT", "storage"): [500, 403],
        ("GET", r"/v1\.3/assets/\w+"): [502],
        ("POST", TASKS): [500, 503],
        ("GET", rf"{TASKS}/\w+"): [504],
        ("DELETE", r"/v1\.3/assets/\w+"): [500],
    }
    assert len(embed(film, Kept())) == 4
    assert service.tasks_of == {digest(film): 1}
    assert service.assets == {}


def test_faults_that_do_not_pass_are_given_up(service: Behaviour, film: Path) -> None:
    service.fail[("POST", TASKS)] = [500] * 99
    error = failure(film, Kept())
    assert error.kind == "network"
    assert service.count("POST", TASKS) == patience.TRIES
    assert service.tasks_of == {}


def test_drops_in_mid_upload_go_on(service: Behaviour, film: Path) -> None:
    service.cut_chunks = 3
    service.drop[("POST", rf"{UPLOADS}/\w+")] = 1
    assert embed(film, Kept())
    assert service.tasks_of == {digest(film): 1}
    assert sorted(service.chunks_put) == list(range(1, 9))


@pytest.mark.parametrize("says_names", [True, False])
def test_an_answer_that_is_lost_is_not_paid_twice(service: Behaviour, film: Path, says_names: bool) -> None:
    service.says_names = says_names
    service.drop[("POST", TASKS)] = 1  # the task is begun, and we do not hear of it
    assert len(embed(film, Kept())) == 4
    assert service.tasks_of == {digest(film): 1}
    assert service.count("POST", TASKS) == 1
    assert service.count("GET", TASKS) >= 1


def test_a_task_of_another_file_is_never_taken(service: Behaviour, film: Path, tmp_path: Path) -> None:
    """Two versions of the same length, whose tasks look alike in a list without names."""
    service.says_names = False
    notes = Kept()
    other = tmp_path / "other.mp4"
    other.write_bytes(bytes(CHUNK))
    with Marengo(MODELS[0], Permit("twelvelabs", KEY), notes, patience=Patience(pace=0.01)) as embedder:
        embedder.embed(other, CONTENT[::-1], SEGMENT_US, lambda *_: None)
    service.fail[("POST", TASKS)] = [500]  # was it begun? the list shows only the other one
    found = embed(film, notes)
    said = np.array(vector(digest(film), 0))
    np.testing.assert_allclose(found[0].vector, said / np.linalg.norm(said), atol=1e-6)
    assert service.tasks_of == {digest(film): 1, digest(other): 1}


def test_a_kill_between_asking_and_hearing_is_not_paid_twice(service: Behaviour, film: Path) -> None:
    class Dies(Kept):
        def remember(self, name: str, value: str | None) -> None:
            if "/task/" in name and value and '"id":""' not in value:
                raise Killed
            super().remember(name, value)

    notes = Dies()
    with pytest.raises(Killed):
        embed(film, notes)
    assert service.tasks_of == {digest(film): 1}
    assert len(embed(film, Kept(notes))) == 4
    assert service.tasks_of == {digest(film): 1}
    assert len(service.uploads) == 1


def test_a_kill_at_any_moment_is_not_paid_twice(service: Behaviour, film: Path) -> None:
    moments = 0

    def count(*_progress: object) -> None:
        nonlocal moments
        moments += 1

    embed(film, Kept(), tick=count)
    service.tasks_of.clear()
    notes = Kept()
    for stop_at in range(1, moments, 2):
        left = stop_at

        def tick(*_progress: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed

        try:
            embed(film, notes, tick=tick)
            break
        except Killed:
            continue
    assert len(embed(film, notes)) == 4
    assert service.tasks_of == {digest(film): 1}


def test_an_upload_goes_on_after_a_kill(service: Behaviour, film: Path) -> None:
    def tick(_done: float, _total: float, _note: str) -> None:
        if len(service.chunks_put) == 6:
            raise Killed

    notes = Kept()
    with pytest.raises(Killed):
        embed(film, notes, tick=tick)
    embed(film, notes)
    assert len(service.uploads) == 1
    # five were reported; the sixth may be there, and is sent again to be sure
    assert sorted(service.chunks_put) == [1, 2, 3, 4, 5, 6, 6, 7, 8]


def test_an_upload_that_is_over_is_begun_anew(service: Behaviour, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tick(_done: float, _total: float, _note: str) -> None:
        if len(service.chunks_put) == 6 and not service.assets:
            raise Killed

    for way in ("gone there", "too old"):
        notes = Kept()
        service.chunks_put.clear()
        with pytest.raises(Killed):
            embed(film, notes, tick=tick)
        if way == "gone there":
            service.uploads["gone"] = service.uploads.pop(next(iter(service.uploads)))
        else:
            monkeypatch.setattr(twelvelabs_upload, "_LASTS_S", -1)
        assert embed(film, notes)
    assert set(service.tasks_of.values()) == {2}


def test_a_deleted_asset_and_a_forgotten_task_are_made_anew(service: Behaviour, film: Path) -> None:
    service.fail[("POST", TASKS)] = [402]
    notes = Kept()
    assert failure(film, notes).kind == "quota"
    service.assets.clear()  # somebody deleted it on the web page
    assert embed(film, notes)
    assert len(service.uploads) == 2
    service.tasks.clear()  # a week later
    assert embed(film, notes)
    assert len(service.uploads) == 3


def test_a_failed_task(service: Behaviour, film: Path) -> None:
    service.task_error = "We could not process your media for embedding. Please verify the input file and try again."
    notes = Kept()
    error = failure(film, notes)
    assert error.kind == "bad_input"
    assert "could not process" in error.message
    service.task_error = "The embedding service is temporarily unstable. Please try again later."
    assert failure(film, notes).kind == "network"
    service.task_error = ""
    assert embed(film, notes)  # a task of its own: a failed one gives nothing
    assert service.tasks_of == {digest(film): 3}


def test_a_file_that_the_service_cannot_read(service: Behaviour, film: Path) -> None:
    service.asset_error = "The video failed a playability check."
    notes = Kept()
    error = failure(film, notes)
    assert error.kind == "bad_input"
    assert "playability" in error.message
    service.asset_error = ""
    assert embed(film, notes)
    assert len(service.uploads) == 2


def test_a_slow_task_ends_at_the_limit_and_goes_on_later(service: Behaviour, film: Path) -> None:
    service.looks = 10**9
    notes = Kept()
    asked = threading.Event()

    def tick(_done: float, _total: float, note: str) -> None:
        if "checks the file" in note and not asked.is_set():
            asked.set()
            service.looks = 1
        if "makes" in note:
            service.looks = 10**9

    error = failure(film, notes, tick=tick, limit_s=0.3)
    assert error.kind == "network"
    assert "nothing is paid twice" in error.hint
    service.looks = 0
    assert embed(film, notes)
    assert service.tasks_of == {digest(film): 1}


def test_a_service_that_does_not_answer(service: Behaviour, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twelvelabs_api, "_TIMEOUT", 0.05)
    service.slow_s = 0.3
    error = failure(film, Kept())
    assert error.kind == "network"
    assert "does not answer" in error.message


def test_a_service_that_is_not_there(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWELVELABS_BASE_URL", "http://127.0.0.1:9")
    error = failure(film, Kept())
    assert error.kind == "network"
    assert "cannot be reached" in error.message


def test_cancel_in_mid_upload(service: Behaviour, film: Path) -> None:
    def tick(done: float, _total: float, _note: str) -> None:
        if done > 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        embed(film, Kept(), tick=tick)
    assert 0 < len(service.chunks_put) < 8
    assert service.tasks_of == {}


def test_a_file_that_shrinks_while_it_is_sent(service: Behaviour, film: Path) -> None:
    def tick(_done: float, _total: float, _note: str) -> None:
        if len(service.chunks_put) == 2:
            film.write_bytes(b"short")

    with pytest.raises(UnreadableMedia, match="shorter"):
        embed(film, Kept(), tick=tick)
    assert service.tasks_of == {}


def test_the_key_does_not_go_to_another_machine(
    service: Behaviour, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Behaviour, "host", "storage.example", raising=False)
    from stand_in_twelvelabs import TwelveLabs

    def elsewhere(_self: Any, _upload: str, start: int, count: int) -> list[dict[str, Any]]:
        return [{"chunk_index": start + i, "url": "http://storage.example/x"} for i in range(count)]

    monkeypatch.setattr(TwelveLabs, "_urls", elsewhere)
    error = failure(film, Kept())
    assert "no safe address" in error.message


def test_trying_a_key(service: Behaviour) -> None:
    try_key(Permit("twelvelabs", KEY), lambda *_: None)
    assert [path for _, path in service.asked] == ["/v1.3/assets"]
    with pytest.raises(CloudError) as caught:
        try_key(Permit("twelvelabs", "tlk_another"), lambda *_: None)
    assert caught.value.kind == "auth"

"""What a call of the cloud process is given through the pipe, what it may keep, and that its key does not come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from counted_stages import toy_paths
from toy_stages import NOTER, Number

from vidstudio.engine.cloud_process import CloudProcess
from vidstudio.engine.clouds.keys import Keys
from vidstudio.engine.clouds.permit import Permit
from vidstudio.engine.errors import Cancelled, NotAllowed
from vidstudio.engine.model_process import ModelProcess, StageBug
from vidstudio.engine.stage import Call
from vidstudio.engine.store.store import Store

TESTS = Path(__file__).resolve().parents[1]
PERMIT = Permit("twelvelabs", "tlk_secret")


class Kept(dict[str, str]):
    """Notes in memory."""

    def recall(self, name: str) -> str | None:
        return self.get(name)

    def remember(self, name: str, value: str | None) -> None:
        assert value is not None
        self[name] = value


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelProcess]:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    process = ModelProcess(tmp_path, "cpu", catalog="toy_stages:STAGES", cancel_seconds=3.0)
    yield process
    process.close()


def run(process: ModelProcess, notes: Kept, act: str = "", tick: object = lambda *_: None) -> list[Number]:
    call = Call("noter", (), {"act": act})
    return list(process.run(NOTER, call, [], {}, tick, permit=PERMIT, notes=notes))  # type: ignore[arg-type]


def test_notes_and_the_permit_cross_the_pipe(process: ModelProcess, caplog: pytest.LogCaptureFixture) -> None:
    notes = Kept()
    (first,) = run(process, notes)
    (second,) = run(process, notes)
    assert (first.value, second.value, notes) == (0, 1, {"runs": "2"})
    assert bytes(first.squares.tolist()) == b"tlk_secret"
    with pytest.raises(StageBug) as caught:
        run(process, notes, "bug")
    assert "tlk_secret" not in str(caught.value)
    assert "did not like •••" in str(caught.value)
    assert "tlk_secret" not in caplog.text


def test_what_was_paid_for_is_written_down_also_when_it_was_cancelled(process: ModelProcess) -> None:
    notes = Kept()

    def tick(_done: float, _total: float, note: str) -> None:
        if note == "waiting":
            raise Cancelled

    with pytest.raises(Cancelled):
        run(process, notes, "note after cancel", tick)
    assert notes == {"runs": "1", "paid": "task1"}
    assert process.pid is not None  # it answered, and was not killed


def test_the_gate_comes_before_the_process(tmp_path: Path) -> None:
    with Store(toy_paths(tmp_path)) as store:
        clouds = CloudProcess(store, Keys())
        with pytest.raises(NotAllowed):
            clouds.run(NOTER, Call("noter", (), {"vendor": "twelvelabs"}), [], {}, lambda *_: None)
        assert clouds._process.pid is None
        clouds.close()

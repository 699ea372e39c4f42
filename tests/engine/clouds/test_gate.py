"""The one door: what it lets pass, what it refuses, and that there is no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from counted_stages import toy_paths

from vidstudio.engine.catalog import STAGES
from vidstudio.engine.clouds import marengo
from vidstudio.engine.clouds.gate import Gate
from vidstudio.engine.clouds.keys import Keys
from vidstudio.engine.clouds.permit import Permit
from vidstudio.engine.clouds.vendors import ELEVENLABS, TWELVELABS
from vidstudio.engine.errors import CloudError, NotAllowed, UsageError
from vidstudio.engine.runner import Runner
from vidstudio.engine.stage import Call
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import US
from vidstudio.engine.types import VideoInfo

A, B = "a" * 32, "b" * 32
ENGINE = Path(marengo.__file__).parents[1]


def info(content_id: str, **values: object) -> VideoInfo:
    plain = VideoInfo(
        *(content_id, f"/films/{content_id[0]}.mp4", 12_000_000, "mov", 90 * US, 1280, 720, 0, Fraction(1)),
        *(Fraction(25), Fraction(1, 12800), 2250, False, 0, "h264", "yuv420p", 8, "", "", "", "", False, 1, (), 0),
    )
    return replace(plain, **values)  # type: ignore[arg-type]


def call(content_id: str, segment_us: int = 2 * US) -> Call:
    params = {"vendor": "twelvelabs", "model": "twelvelabs:marengo3.5", "segment_us": segment_us}
    return Call("embed_cloud", (content_id,), params, None, (Call("times", (content_id,)),))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("TWELVELABS_API_KEY", "tlk_key")
    monkeypatch.delenv("TWELVELABS_BASE_URL", raising=False)
    with Store(toy_paths(tmp_path)) as opened:
        for content_id in (A, B):
            opened.media.add(info(content_id))
        yield opened


@pytest.fixture
def gate(store: Store) -> Gate:
    return Gate(store, Keys())


def test_a_call_passes_when_the_person_agreed_to_it(gate: Gate) -> None:
    with pytest.raises(NotAllowed, match="Nobody agreed"):
        gate.permit(call(A))
    (offer,) = gate.open_questions([call(A), call(B)])
    assert "a.mp4 (12 MB, 1:30), b.mp4 (12 MB, 1:30)" in offer.text
    assert "TwelveLabs (api.twelvelabs.io)" in offer.text
    assert "3.0 minutes" in offer.text
    gate.agree([call(A), call(B)], [offer])
    assert gate.permit(call(A)) == Permit("twelvelabs", "tlk_key")
    assert gate.open_questions([call(A), call(B)]) == []
    # another length of segments is charged again, so it is asked again
    assert len(gate.open_questions([call(A), call(A, 4 * US)])) == 1
    with pytest.raises(NotAllowed):
        gate.permit(call(A, 4 * US))


def test_local_only_holds_whoever_asks(gate: Gate, store: Store) -> None:
    gate.agree([call(A), call(B)], [])
    project = store.projects.create("Secret")
    store.projects.set_local_only(project.id, True)
    assert store.projects.get(project.id).local_only
    assert gate.permit(call(A))  # it holds no files yet
    store.projects.add_media(project.id, A, "/films/a.mp4")
    for refused in (gate.permit, lambda one: gate.open_questions([one])):
        with pytest.raises(NotAllowed, match="“Secret” is local only"):
            refused(call(A))
    assert gate.permit(call(B))
    store.projects.add_comparison(project.id, B, "c" * 32, Call("compare", (B, "c" * 32)))
    store.projects.remove_media(project.id, A)
    with pytest.raises(NotAllowed, match="local only"):
        gate.permit(call(B))  # a comparison outlives the removal of its files
    store.projects.set_local_only(project.id, False)
    assert gate.permit(call(B))


def test_local_only_travels_with_a_project(store: Store, tmp_path: Path) -> None:
    project = store.projects.create("Secret")
    store.projects.set_local_only(project.id, True)
    store.projects.export(project.id, tmp_path / "secret.vidstudio")
    assert store.projects.import_(tmp_path / "secret.vidstudio").local_only


def test_without_a_key(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.agree([call(A)], [])
    monkeypatch.setenv("TWELVELABS_API_KEY", "")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr("vidstudio.engine.clouds.keys._backend", lambda: None)
    for refused in (gate.permit, lambda one: gate.open_questions([one])):
        with pytest.raises(CloudError) as caught:
            refused(call(A))
        assert caught.value.kind == "auth"


def test_testing_a_key_needs_no_more_than_the_key(gate: Gate) -> None:
    assert gate.permit_to_test(TWELVELABS).key == "tlk_key"
    with pytest.raises(UsageError, match="cannot be tried"):
        gate.permit_to_test(ELEVENLABS)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"duration_us": 3 * US}, "4 seconds to 4 hours"),
        ({"duration_us": 5 * 3600 * US}, "4 seconds to 4 hours"),
        ({"size_bytes": 7 * 10**9}, "7.0 GB"),
        ({"width": 640, "height": 352}, "640×352"),
        ({"width": 8192, "height": 4320}, "8192×4320"),
        ({"width": 1920, "height": 600}, "shapes"),
    ],
)
def test_limits_are_said_before_anything_is_asked_or_sent(
    gate: Gate, store: Store, wrong: dict[str, object], said: str
) -> None:
    store.media.add(info(A, **wrong))
    with pytest.raises(CloudError, match="Nothing was sent") as caught:
        gate.open_questions([call(B), call(A)])
    assert caught.value.kind == "bad_input"
    assert said in caught.value.message


def test_what_is_just_right_is_taken() -> None:
    for right in ({"width": 360, "height": 360}, {"width": 2160, "height": 3840}, {"duration_us": 4 * US}):
        marengo.check(marengo.MODELS[0], info(A, **right))


def test_models_are_known_by_name() -> None:
    assert marengo.model_named("twelvelabs:marengo3.0").model == "marengo3.0"
    with pytest.raises(UsageError, match=r"marengo2\.7"):
        marengo.model_named("twelvelabs:marengo2.7")


def test_only_what_is_not_sealed_is_asked_for(store: Store) -> None:
    runner = Runner(STAGES, store)
    whole = Call("compare", (A, B), {}, None, (call(A), call(B), call(A)))
    assert runner.cloud_calls(whole) == [call(A), call(B)]
    key = runner._key(call(A))
    store.results.write(key, "embed_cloud", iter([b""]))
    assert runner.cloud_calls(whole) == [call(B)]


def test_nobody_but_the_gate_makes_permits() -> None:
    """And no stage of another place imports an adapter: they need a permit, which only the cloud process is given."""
    makers = set()
    for file in ENGINE.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Permit":
                makers.add(file.name)
    assert makers == {"gate.py"}


def test_permits_do_not_show_their_key() -> None:
    permit = Permit("twelvelabs", "tlk_secret")
    assert "tlk_secret" not in repr(permit)
    assert permit.scrub("bad key tlk_secret!") == "bad key •••!"
    assert Permit("twelvelabs", "").scrub("as it is") == "as it is"

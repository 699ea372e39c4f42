"""Tries the key of a cloud service, at no cost; gives nothing when it works. Never kept: a key may stop working."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vidstudio.engine.clouds.permit import CloudEnv
from vidstudio.engine.clouds.vendors import TWELVELABS
from vidstudio.engine.errors import UsageError
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span


@dataclass(frozen=True, slots=True)
class KeyTestParams:
    """Whose key."""

    vendor: str


@dataclass(frozen=True, slots=True)
class KeyWorks:
    """The vendor took the key."""

    vendor: str


def _run(inputs: tuple[str, ...], params: KeyTestParams, span: Span | None, env: Env) -> Iterator[KeyWorks]:
    if not isinstance(env, CloudEnv):
        raise TypeError("this stage runs in the cloud process only")
    if params.vendor != TWELVELABS.name:
        raise UsageError(f"A key of {params.vendor} cannot be tried here yet.", "It is tried when it is first used.")
    from vidstudio.engine.clouds.twelvelabs import try_key

    try_key(env.permit, env.tick)
    yield KeyWorks(params.vendor)


KEY_TEST: Stage[KeyTestParams, KeyWorks] = Stage("key_test", 1, KeyTestParams, KeyWorks, _run, place="cloud_process")

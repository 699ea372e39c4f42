"""TwelveLabs's SDK with its errors in plain words: one request each, without its own retries and pollers.

(Its retries lose form fields, its pollers have no time limit and swallow errors, and its uploader writes a second
copy of the file beside the first.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from vidstudio.engine.clouds.patience import Trouble
from vidstudio.engine.clouds.permit import Permit
from vidstudio.engine.clouds.vendors import TWELVELABS
from vidstudio.engine.errors import CloudError, CloudErrorKind, ModelUnavailable

T = TypeVar("T")

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_QUOTA = {"usage_limit_exceeded", "api_allowed_for_paid_plan", "quota_exceeded", "insufficient_credits"}
_MOST_WORDS = 300
_HINTS: dict[CloudErrorKind, str] = {
    "auth": "Check the key: `vidstudio keys test twelvelabs`, or Cloud keys in the window's settings.",
    "quota": "Look at your plan on twelvelabs.io, or use an embedder on this computer.",
    "rate": "Wait a little and start it again: it goes on where it was.",
    "network": "Check the connection and start it again: it goes on where it was, and nothing is paid twice.",
    "bad_input": "Use another version of the video, or an embedder on this computer.",
}


def trouble(kind: CloudErrorKind, message: str, **more: Any) -> Trouble:
    """A trouble with the usual hint. `more`: as `Trouble` takes it; it does not pass unless that says so."""
    return Trouble(CloudError(kind, message, _HINTS[kind]), **{"passing": False, **more})


class Api:
    """A client for one permit. `client` is the SDK's own; `web` is for addresses that the service hands out."""

    def __init__(self, permit: Permit) -> None:
        try:
            from twelvelabs import TwelveLabs
        except ImportError as error:
            raise ModelUnavailable(
                f"TwelveLabs needs a library that is not installed here ({error.name}).",
                "Run the set-up again, or use an embedder on this computer.",
            ) from error
        self._permit = permit
        # the key must not follow a redirect to another machine
        self.web = httpx.Client(timeout=_TIMEOUT, follow_redirects=False)
        self.client = TwelveLabs(api_key=permit.key, httpx_client=self.web)

    def close(self) -> None:
        """Close the connections."""
        self.web.close()

    def ask(self, request: Callable[[Any], T]) -> T:
        """The answer of one request, made with the SDK's client. Raises Trouble."""
        import pydantic
        from twelvelabs.core.api_error import ApiError

        try:
            return request(self.client)
        except ApiError as error:
            raise self._refusal(error.status_code or 0, error.body, error.headers or {}) from error
        except httpx.HTTPError as error:
            raise self.broken(error) from error
        except pydantic.ValidationError as error:
            raise trouble(
                "network", "TwelveLabs gave an answer that cannot be understood.", passing=True, maybe_done=True
            ) from error

    def broken(self, error: httpx.HTTPError) -> Trouble:
        """The connection failed."""
        never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        what = "cannot be reached" if never_sent else "broke off the connection"
        if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
            what = "does not answer"
        words = self._permit.scrub(str(error))[:_MOST_WORDS]
        message = f"{TWELVELABS.host} {what} ({words or type(error).__name__})."
        return trouble("network", message, passing=True, maybe_done=not never_sent)

    def _refusal(self, status: int, body: Any, headers: dict[str, str]) -> Trouble:
        code, said = _words(body)
        said = self._permit.scrub(said)[:_MOST_WORDS]
        because = f": {said}" if said else "."
        if status == 401 or (status == 403 and code not in _QUOTA):
            return trouble("auth", f"TwelveLabs refused the key{because}")
        if status == 402 or code in _QUOTA:
            return trouble("quota", f"What your TwelveLabs plan allows is used up{because}")
        if status == 429:
            wait = _seconds({name.lower(): value for name, value in headers.items()}.get("retry-after", ""))
            later = f" It asks to wait {wait:.0f} s." if wait else ""
            return trouble("rate", f"TwelveLabs gets too many requests from you.{later}", passing=True, wait_s=wait)
        if status == 408 or status >= 500:
            return trouble(
                "network",
                f"TwelveLabs has a fault of its own (status {status}){because}",
                passing=True,
                maybe_done=True,
            )
        if 200 <= status < 400:
            message = f"TwelveLabs gave an answer that cannot be understood (status {status})."
            return trouble("network", message, passing=status < 300, maybe_done=True)
        if status in (404, 410):
            return Missing(f"TwelveLabs does not have this (any more){because}")
        return trouble("bad_input", f"TwelveLabs refused this{because}")


class Missing(Trouble):
    """What was asked for is not there (any more), or belongs to another account."""

    def __init__(self, message: str) -> None:
        super().__init__(CloudError("bad_input", message, _HINTS["bad_input"]), passing=False)


def is_missing(error: CloudError) -> bool:
    """Whether a request failed because what it was about is not there (any more)."""
    return isinstance(error.__cause__, Missing)


def _words(body: Any) -> tuple[str, str]:
    """Code and message of an error's body, whatever it is."""
    if isinstance(body, dict):
        error = body.get("error")
        inner = error if isinstance(error, dict) else body
        return str(inner.get("code") or ""), str(inner.get("message") or "").strip()
    return "", body.strip() if isinstance(body, str) and not body.lstrip().startswith("<") else ""


def _seconds(text: str) -> float | None:
    try:
        return max(0.0, float(text))
    except ValueError:
        return None

"""What every `Describer` and `Chat` must keep to; each check raises AssertionError naming what it does not."""

from __future__ import annotations

import numpy as np

from vidstudio.engine.ports import Chat, Describer
from vidstudio.engine.types import ChatMessage


def check_describer(describer: Describer) -> None:
    """A sentence, importance 1..10, tags that are words; one frame is enough; frames are left alone."""
    assert describer.name, "the model has a name"
    frames = np.random.default_rng(0).integers(0, 256, (3, 48, 64, 3)).astype(np.uint8)
    before = frames.copy()
    for count in (3, 1):
        said = describer.describe(frames[:count], [0, 40_000, 80_000][:count], "What happens?")
        assert isinstance(said.description, str), "a description is text"
        assert said.description.strip(), "a description says something"
        assert isinstance(said.importance, int), "importance is a whole number"
        assert 1 <= said.importance <= 10, f"importance {said.importance} is not 1..10"
        assert isinstance(said.tags, tuple), "tags are a tuple"
        assert all(isinstance(tag, str) and tag.strip() for tag in said.tags), "tags are words"
        assert len(set(said.tags)) == len(said.tags), "no tag twice"
    assert (frames == before).all(), "frames are left as they were"


def check_chat(chat: Chat) -> None:
    """An answer in pieces of text; a chat of several turns; an answer left half-way does not harm the next."""
    assert chat.name, "the model has a name"
    asked = [ChatMessage("system", "Answer briefly."), ChatMessage("user", "Say a few words about the sea.")]
    pieces = list(chat.reply(asked))
    assert all(isinstance(piece, str) for piece in pieces), "an answer comes as text"
    assert "".join(pieces).strip(), "an answer says something"
    unfinished = iter(chat.reply(asked))
    next(unfinished)
    close = getattr(unfinished, "close", None)
    assert close is not None, "an answer can be stopped by closing it"
    close()
    assert next(unfinished, None) is None, "a stopped answer gives no more"
    more = [*asked, ChatMessage("assistant", "".join(pieces)), ChatMessage("user", "And about the wind?")]
    assert "".join(chat.reply(more)).strip(), "a chat goes on"
    assert len(asked) == 2, "messages are left as they were"

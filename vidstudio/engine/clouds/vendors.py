"""The cloud services there are: their names, where they are, where their keys may come from, what is sent to them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from vidstudio.engine.errors import UsageError


@dataclass(frozen=True, slots=True)
class Vendor:
    """A service. variables: of the environment, in which its key is looked for first.

    address_variable: of the environment, that sends its SDK to another address (a test's, or a company's own relay).
    sent: what it is given, in one sentence. testable: whether a key can be tried here at no cost.
    """

    name: str
    title: str
    variables: tuple[str, ...]
    usual_address: str
    address_variable: str
    sent: str
    key_page: str
    testable: bool = False

    @property
    def address(self) -> str:
        """Where it is."""
        return os.environ.get(self.address_variable) or self.usual_address

    @property
    def host(self) -> str:
        """The name of the machine that is spoken to."""
        return urlsplit(self.address).netloc or self.address


TWELVELABS = Vendor(
    "twelvelabs",
    "TwelveLabs",
    ("TWELVELABS_API_KEY", "TWELVE_LABS_API_KEY"),
    "https://api.twelvelabs.io/v1.3",
    "TWELVELABS_BASE_URL",
    "whole video files with their sound, for embeddings of what they show",
    "https://playground.twelvelabs.io/dashboard/api-keys",
    testable=True,
)
GOOGLE = Vendor(
    "google",
    "Google Gemini",
    ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "https://generativelanguage.googleapis.com",
    "GOOGLE_GEMINI_BASE_URL",
    "small copies of pictures and sound, and questions about them",
    "https://aistudio.google.com/apikey",
)
ELEVENLABS = Vendor(
    "elevenlabs",
    "ElevenLabs",
    ("ELEVENLABS_API_KEY",),
    "https://api.elevenlabs.io",
    "ELEVENLABS_BASE_URL",
    "the sentences that are to be spoken",
    "https://elevenlabs.io/app/settings/api-keys",
)

VENDORS: tuple[Vendor, ...] = (TWELVELABS, GOOGLE, ELEVENLABS)


def vendor_named(name: str) -> Vendor:
    """The service of this name. Raises UsageError."""
    for vendor in VENDORS:
        if vendor.name == name:
            return vendor
    known = ", ".join(vendor.name for vendor in VENDORS)
    raise UsageError(f"There is no cloud service called “{name}”.", f"There are: {known}.")

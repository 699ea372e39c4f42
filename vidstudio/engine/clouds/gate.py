"""The one door to cloud services. Nothing leaves this computer but with a permit, and only the gate makes permits.

A call passes when none of its files belongs to a project that is local only, when the person agreed to this
very call, and when there is a key. The runner asks here for every stage of the cloud process.
"""

from __future__ import annotations

from collections.abc import Sequence

from vidstudio.engine.clouds.keys import Keys
from vidstudio.engine.clouds.offers import Offer, offer
from vidstudio.engine.clouds.permit import Permit
from vidstudio.engine.clouds.vendors import Vendor, vendor_named
from vidstudio.engine.errors import MissingMedia, NotAllowed, UsageError
from vidstudio.engine.stage import Call, call_name
from vidstudio.engine.store.store import Store
from vidstudio.engine.types import VideoInfo


class Gate:
    """Decides for one store and one person's keys. May be used from any thread but the GUI's (keyrings may ask)."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self.keys = keys

    def open_questions(self, calls: Sequence[Call]) -> list[Offer]:
        """What the person has to be asked before these cloud calls may run: one offer a vendor, [] for nothing.

        Raises what makes asking pointless: NotAllowed (local only), CloudError (no key, a file that the service
        does not take).
        """
        for call in calls:
            self._refuse_local(call)
            self.keys.need(_vendor(call))
        asked = [call for call in calls if not self._agreed(call)]
        return [
            offer(vendor, of_vendor, [self._video(call) for call in of_vendor])
            for vendor in dict.fromkeys(_vendor(call) for call in asked)
            if (of_vendor := [call for call in asked if _vendor(call) == vendor])
        ]

    def agree(self, calls: Sequence[Call], offers: Sequence[Offer]) -> None:
        """The person was shown the offers for these calls and said yes."""
        text = "\n".join(one.text for one in offers)
        for call in calls:
            self._store.clouds.agree(call_name(call), text)

    def permit(self, call: Call) -> Permit:
        """Leave for a call to speak to its vendor. Raises NotAllowed, CloudError(kind="auth") without a key."""
        vendor = _vendor(call)
        self._refuse_local(call)
        if not self._agreed(call):
            raise NotAllowed(
                f"Nobody agreed yet that this is sent to {vendor.title}. Nothing was sent.",
                "Start it again: you will be asked. On the command line --allow-cloud says yes.",
            )
        return Permit(vendor.name, self.keys.need(vendor).value)

    def permit_to_test(self, vendor: Vendor) -> Permit:
        """Leave to try a vendor's key: the key itself is all that is sent. Raises UsageError, CloudError."""
        if not vendor.testable:
            raise UsageError(f"A key of {vendor.title} cannot be tried here yet.", "It is tried when it is first used.")
        return Permit(vendor.name, self.keys.need(vendor).value)

    def _agreed(self, call: Call) -> bool:
        return self._store.clouds.agreed(call_name(call))

    def _refuse_local(self, call: Call) -> None:
        for content_id in call.inputs:
            project = self._store.projects.keeping_local(content_id)
            if project is not None:
                raise NotAllowed(
                    f"The project “{project}” is local only, so nothing of its videos is sent anywhere.",
                    "Use an embedder on this computer, or take “local only” off in the project's menu"
                    " (`vidstudio projects allow-cloud`).",
                )

    def _video(self, call: Call) -> VideoInfo:
        content_id = call.inputs[0]
        info = self._store.media.info(content_id)
        if info is None:
            raise MissingMedia(content_id, "A video that is needed is not known here.", "Add it to the project again.")
        return info


def _vendor(call: Call) -> Vendor:
    return vendor_named(str(call.params["vendor"]))

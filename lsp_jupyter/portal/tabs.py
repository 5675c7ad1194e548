"""What the open tabs of a user are told: the event channel, and ``show``."""

from __future__ import annotations

from lsp_jupyter.errors import LspError
from lsp_jupyter.portal.channel import Channel
from lsp_jupyter.portal.handler import PortalHandler, dump
from lsp_jupyter.portal.jobs import job_state

__all__ = ["EventsHandler", "ShowHandler"]


class EventsHandler(Channel, PortalHandler):
    """``portal/events``: a websocket on which a tab hears what happens to its owner."""

    _since: int | None = None

    async def prepare(self) -> None:  # type: ignore[override]
        """Read where the tab wants to go on."""
        await super().prepare()
        if self.get_query_argument("since", ""):
            self._since = self.number("since", 0)

    async def pump(self) -> None:
        """Hand over the tab's messages, with a heartbeat where there are none."""
        try:
            listener = self.events.listen(self.caller.subject, self._since)
        except LspError as error:
            self.close(1013, error.message)
            return
        try:
            heartbeat = self.settings_of_instance.heartbeat
            while (message := await listener.get(heartbeat)) is not None:
                await self.write_message(dump(message.to_dict()))
        finally:
            listener.close()
        if listener.overrun:
            self.close(1013, "This tab does not keep up with its events.")
        else:
            self.close(1001, "The server ends.")


class ShowHandler(PortalHandler):
    """``portal/show``: open a result in the viewer of every tab of the caller."""

    async def post(self) -> None:
        """Tell the tabs; answers how many there were."""
        job_id = self.fields({"id": str}).get("id", "")
        job = self.platform.jobs.get(self.caller, job_id)
        listeners = self.events.publish(self.caller.subject, "show", job.id, job_state(job))
        await self.send({"listeners": listeners}, 202)

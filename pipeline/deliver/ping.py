"""Ping: the dead man's switch, told of the start and the end of every run.

Who hears nothing knows that no run was, which no run can tell. As healthchecks.io has it:
``<url>/start``, ``<url>`` after a good end, ``<url>/<exit code>`` after any other.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from pipeline.deliver import webhook
from pipeline.deliver.message import LaterError, RefusedError
from pipeline.errors import UsageError
from pipeline.secret import Secret, redacted
from pipeline.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pipeline.settings import Settings

_TRIES: Final = 3
MOST_LINES: Final = 10
_LONGEST_LINE: Final = 500


class Switch:
    """Tells whoever watches the runs of this home; whatever goes wrong is logged, and no more."""

    def __init__(
        self,
        settings: Settings,
        *,
        run_id: str,
        version: str,
        log: Callable[..., None],
        clock: Callable[[], datetime],
    ) -> None:
        """Connect with the first ping; without an address there is none."""
        self._settings, self._version, self._log, self._clock = settings, version, log, clock
        # Their name for a run is a UUID; ours gives the same one each time.
        self._rid = uuid.uuid5(uuid.NAMESPACE_URL, f"capbrief:{run_id}")

    def start(self) -> None:
        """A run begins."""
        self._ping("start", ())

    def end(self, exit_code: int, lines: Sequence[str]) -> None:
        """A run ended so; of ``lines`` the first ten are sent, without secrets."""
        self._ping(str(exit_code) if exit_code else "", lines)

    def _ping(self, end: str, lines: Sequence[str]) -> None:
        monitor = self._settings.monitor
        if monitor.ping_url is None:
            return
        base = monitor.ping_url.reveal().rstrip("/")
        url = Secret(f"{base}{f'/{end}' if end else ''}?rid={self._rid}")
        # Before it is cut: half a secret would not be known as one.
        text = redacted("\n".join(lines[:MOST_LINES]), self._settings.secrets)
        body = "\n".join(line[:_LONGEST_LINE] for line in text.split("\n")).encode()
        reason = ""
        for _ in range(_TRIES):
            try:
                wire = Wire(
                    self._settings.http,
                    self._version,
                    is_users=True,
                    allow_private=monitor.ping_allow_private,
                )
                webhook.post(wire, url, {"Content-Type": "text/plain"}, body, self._clock())
            except LaterError as error:
                reason = str(error)
            except (RefusedError, UsageError) as error:
                reason = str(error)
                break
            else:
                return
        shown = redacted(reason, self._settings.secrets)
        self._log("ping_failed", stage="deliver", ping=end or "end", reason=shown)

"""Delivery: what waits in the outbox is sent, channel by channel, each within a bound of time."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from filelock import FileLock, Timeout

from pipeline.deliver import folder, mail, outbox, webhook
from pipeline.deliver.message import LaterError, RefusedError
from pipeline.errors import StorageError, UsageError
from pipeline.secret import redacted
from pipeline.visible import writable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pipeline.deliver.message import Message, Parcel
    from pipeline.deliver.outbox import Outbox
    from pipeline.settings import Channel, Settings

# Over one channel no try begins later than this, so that one which hangs leaves time to the
# others; the last one may take its own time on top.
_LONGEST_SECONDS: Final = 60.0
_TRIES: Final = 2
_PAUSE_SECONDS: Final = 2.0
_LOCK_SECONDS: Final = 60.0


class Carrier(Protocol):
    """Sends over one channel."""

    def send(self, parcel: Parcel, at: datetime) -> None:
        """Send it; raises LaterError or RefusedError where it is not taken."""
        ...

    def close(self) -> None:
        """End what was begun for it."""
        ...


@dataclass
class Sent:
    """How a delivery went: sent, waiting with the reason, and given up, each by channel."""

    counts: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)

    @property
    def unsent(self) -> str:
        """What is not sent, a line for each channel; "" where nothing is left."""
        kept = (f"deliver.{name}: {reason}; it is kept and tried again"
                for name, reason in self.waiting.items())  # fmt: skip
        lost = (f"deliver.{name}: given up: {reason}" for name, reason in self.dropped.items())
        return "\n".join([*kept, *lost])


def recipients(message: Message, channels: Mapping[str, Channel]) -> list[tuple[str, str]]:
    """To whom a message goes: each channel that wants it, and of mail each address."""
    found = []
    for name, one in channels.items():
        wants_report = not one.reports or not message.report or bool(
            {message.report, message.report.partition(".")[0]} & set(one.reports)
        )  # fmt: skip
        if message.event in one.on and wants_report:
            found += [(name, address) for address in addresses(one)]
    return found


def addresses(channel: Channel) -> tuple[str, ...]:
    """To whom a channel sends: of mail each address once, else one recipient without a name."""
    return tuple(dict.fromkeys(channel.to)) if channel.kind == "mail" else ("",)


def carrier(name: str, settings: Settings, version: str) -> Carrier:
    """What sends over the channel of that name.

    Raises:
        UsageError: a setting that it needs cannot be used.
    """
    channel = settings.deliver[name]
    kinds: dict[str, Callable[[Channel, Settings, str], Carrier]] = {
        "mail": _ByMail,
        "slack": _ByWeb,
        "webhook": _ByWeb,
        "folder": _ToFolder,
    }
    return kinds[channel.kind](channel, settings, version)


class _ByMail:
    def __init__(self, channel: Channel, settings: Settings, _: str) -> None:
        self._channel, self._settings = channel, settings
        self._postman = mail.Postman(settings.mail, settings.http.ca_file)

    def send(self, parcel: Parcel, _: datetime) -> None:
        own = self._settings
        self._postman.send(mail.letter(parcel, self._channel, own.mail, own.reports))

    def close(self) -> None:
        self._postman.close()


class _ByWeb:
    def __init__(self, channel: Channel, settings: Settings, version: str) -> None:
        self._channel, self._reports = channel, settings.reports
        self._poster = webhook.Poster(channel, settings.http, version)
        self._content = webhook.slack if channel.kind == "slack" else webhook.plain

    def send(self, parcel: Parcel, at: datetime) -> None:
        self._poster.post(parcel.key, self._content(parcel, self._channel, self._reports), at)

    def close(self) -> None: ...


class _ToFolder:
    def __init__(self, channel: Channel, *_: object) -> None:
        self._folder = Path(channel.folder or "")

    def send(self, parcel: Parcel, _: datetime) -> None:
        folder.put(parcel, self._folder)

    def close(self) -> None: ...


def flush(
    box: Outbox,
    settings: Settings,
    *,
    version: str,
    log: Callable[..., None],
    clock: Callable[[], datetime],
    is_forced: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Sent:
    """Send what waits, oldest first; a channel that takes nothing keeps no other from it.

    Args:
        box: where it waits.
        settings: channels; what is for others than these is given up.
        version: of the program.
        log: takes what happens to each.
        clock: now.
        is_forced: try also what was tried not long ago.
        sleep: waits between two tries.

    Raises:
        StorageError: the ledger or the state folder cannot be used.
    """
    result = Sent()
    if not box.waiting():
        return result
    # One at a time: two that send the same would send it twice.
    lock = FileLock(settings.state / "outbox.lock", timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        result.waiting = dict.fromkeys(
            (one.channel for one in box.waiting()), "another process is sending"
        )
        return result
    except OSError as error:
        raise StorageError(f"{lock.lock_file}: cannot be taken ({error.strerror})") from error
    try:
        _Round(box, settings, version, log, clock, sleep, result).go(is_forced=is_forced)
    finally:
        lock.release()
    return result


@dataclass
class _Round:
    """One delivery of all that waits."""

    box: Outbox
    settings: Settings
    version: str
    log: Callable[..., None]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    result: Sent

    def go(self, *, is_forced: bool) -> None:
        by_channel: dict[str, list[Parcel]] = defaultdict(list)
        for parcel in self.box.waiting():
            if not self._is_wanted(parcel):
                self._drop(parcel, "is not in the settings any more")
            elif outbox.is_too_old(parcel, self.clock()):
                why = f" ({parcel.last_error})" if parcel.last_error else ""
                reason = f"could not be sent for {outbox.KEPT_DAYS} days{why}"
                self._drop(parcel, reason)
                self._lost(parcel, reason)
            else:
                by_channel[parcel.channel].append(parcel)
        for name, parcels in by_channel.items():
            if is_forced or outbox.is_due(parcels, self.clock()):
                self._over(name, parcels)
            else:
                reasons = [one.last_error for one in parcels if one.last_error]
                self.result.waiting[name] = reasons[0] if reasons else "waits for its turn"

    def _is_wanted(self, parcel: Parcel) -> bool:
        channel = self.settings.deliver.get(parcel.channel)
        return channel is not None and parcel.recipient in addresses(channel)

    def _over(self, name: str, parcels: list[Parcel]) -> None:
        try:
            by = carrier(name, self.settings, self.version)
        except UsageError as error:
            self._later(parcels[0], self._reason(error))
            return
        ends_at = time.monotonic() + _LONGEST_SECONDS
        try:
            for parcel in parcels:
                if not self._sent(by, parcel, ends_at):
                    break
        finally:
            by.close()

    def _sent(self, by: Carrier, parcel: Parcel, ends_at: float) -> bool:
        """Send one; False where the channel takes nothing more for now."""
        for attempt in range(1, _TRIES + 1):
            if time.monotonic() > ends_at:
                self.result.waiting.setdefault(parcel.channel, "there was no time left")
                return False
            try:
                by.send(parcel, self.clock())
            except LaterError as error:
                reason = self._reason(error)
                self._log("delivery_failed", parcel, reason=reason)
                if attempt == _TRIES:
                    self._later(parcel, reason)
                    return False
                self.sleep(_PAUSE_SECONDS)
            except RefusedError as error:
                self._refused(parcel, self._reason(error))
                return True
            else:
                self.box.sent(parcel, self.clock())
                counts = self.result.counts
                counts[parcel.channel] = counts.get(parcel.channel, 0) + 1
                self._log("delivered", parcel)
                return True
        return False

    def _reason(self, error: Exception) -> str:
        return writable(redacted(str(error), self.settings.secrets))

    def _later(self, parcel: Parcel, reason: str) -> None:
        self.box.later(parcel, self.clock(), reason)
        self.result.waiting[parcel.channel] = reason

    def _refused(self, parcel: Parcel, reason: str) -> None:
        self._log("delivery_refused", parcel, reason=reason)
        if self.box.refused(parcel, self.clock(), reason):
            self._log("delivery_given_up", parcel, reason=reason)
            self._lost(parcel, reason)
        else:
            self.result.waiting[parcel.channel] = reason

    def _drop(self, parcel: Parcel, reason: str) -> None:
        self.box.drop(parcel.parcel_id, self.clock(), reason)
        self._log("delivery_given_up", parcel, reason=reason)

    def _lost(self, parcel: Parcel, reason: str) -> None:
        """Have it told that what somebody was to have will not come."""
        self.result.dropped[parcel.channel] = f"{parcel.message.subject}: {reason}"

    def _log(self, event: str, parcel: Parcel, **fields: object) -> None:
        about = {"channel": parcel.channel, "told": parcel.message.event, "key": parcel.key}
        self.log(event, stage="deliver", **about, **fields)

"""What a test tells the server, and what the server tells of what it was asked."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from tests.coingecko.faults import FAULTS, Case, Fault, spoiled
from tests.coingecko.message import Answer, Asked, answer
from tests.coingecko.refusals import DEMO_KEY, PRO_KEY, wrong

if TYPE_CHECKING:
    from tests.coingecko.options import Options
    from tests.coingecko.vendor import Vendor

PREFIX = "/_control"


class Control:
    """Options, faults and the log of one server, and how it was started."""

    def __init__(self, vendor: Vendor, options: Options, faults: list[Fault]) -> None:
        self._vendor = vendor
        self._start = options
        self._start_faults = faults
        self._lock = Lock()
        self.stop = Event()
        self.reset()

    def reset(self) -> None:
        """As at the start; whoever still waits in a fault stops waiting."""
        self.stop.set()
        self.stop = Event()
        self.options = self._start
        self.faults = [replace(one, n_seen=0) for one in self._start_faults]
        self.requests: list[dict[str, Any]] = []
        self._vendor.doorkeeper.reset()

    def __call__(self, asked: Asked, connection: int) -> Answer:
        """The answer to a request of the API, good or spoiled."""
        with self._lock:
            fault = next((one for one in self.faults if one.takes(asked)), None)
            self.requests.append(
                {
                    "method": asked.method,
                    "path": asked.path,
                    "query": asked.query,
                    "headers": asked.headers,
                    "fault": fault.name if fault else None,
                    "connection": connection,
                    "at": time.monotonic(),
                }
            )
        if fault is None:
            return self._vendor(asked, self.options)
        return spoiled(Case(fault, asked, self.options, self._vendor))

    def told(self, asked: Asked, body: Any) -> Answer:
        """The answer to a request of a test."""
        match asked.method, asked.segments[1:]:
            case "GET", ("requests",):
                with self._lock:
                    return answer(self.requests)
            case "GET", ():
                return answer({"faults": sorted(FAULTS), "keys": [DEMO_KEY, PRO_KEY]})
            case "POST", ("reset",):
                self.reset()
            case "POST", ("set",):
                try:
                    self.options = self.options.changed(body)
                except (ValueError, TypeError) as error:
                    return wrong(str(error))
            case "POST", ("fail",):
                fault = fault_of(body)
                if isinstance(fault, str):
                    return wrong(fault)
                with self._lock:
                    self.faults.append(fault)
            case _:
                return wrong("no such order", 404)
        return answer({})


def fault_of(order: dict[str, Any]) -> Fault | str:
    """A fault as it is ordered, or what is wrong with the order."""
    if order.get("name") not in FAULTS:
        return f"no fault {order.get('name')!r}; there are {', '.join(sorted(FAULTS))}"
    known = {one.name for one in fields(Fault)} - {"n_seen", "details"}
    own = {name: value for name, value in order.items() if name in known}
    details = {name: value for name, value in order.items() if name not in known}
    return Fault(**own, details=details)

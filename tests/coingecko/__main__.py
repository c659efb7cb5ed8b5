"""CoinGecko on loopback: ``python tests/coingecko --help``."""

from __future__ import annotations

import argparse
import signal
import ssl
import sys
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from tests.coingecko.faults import Fault
    from tests.coingecko.market import Market
    from tests.coingecko.options import Options
    from tests.coingecko.serve import Server
    from tests.coingecko.vendor import Vendor

_EPILOG = """\
faults: NAME:/PATH-PREFIX, with details like ?times=2&retry_after=3 behind it; --list-faults
names them. The first line printed is the address. POST /_control/fail, /_control/set and
/_control/reset change it while it runs; GET /_control/requests tells what it was asked.
Keys that it takes: CG-demo0000000000000000000 and CG-pro00000000000000000000.
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python tests/coingecko",
        description="Answers as CoinGecko does, from generated coins, and fails as asked.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="0: any free one")
    add("--plan", choices=("keyless", "demo", "pro"), default="demo", help="whose host it plays")
    add("--coins", type=int, default=1000, metavar="N", help="default 1000")
    add("--spread", metavar="CATEGORY,…", help="categories that share all coins, in equal parts")
    add("--now", metavar="ISO", help="the time by which it stamps; default the real one")
    add("--enforce-limits", action="store_true", help="429 above the plan's calls a minute")
    add("--recorded", type=Path, metavar="FOLDER", help="recorded answers")
    add("--serve", action="append", default=[], metavar="/PATH=FILE", help="serve one as it is")
    add("--fault", action="append", default=[], metavar="NAME:/PATH", help="spoil answers")
    add("--list-faults", action="store_true")
    add("--tls", type=Path, metavar="PEM", help="certificate and key: speak HTTPS")
    add("--warm", action="store_true", help="make the categories' pages before the first request")
    add("--while-stdin", action="store_true", help="end when standard input ends")
    return parser.parse_args()


def _fault(text: str) -> Fault:
    from tests.coingecko.control import fault_of

    name, _, rest = text.partition(":")
    prefix, _, details = rest.partition("?")
    order: dict[str, object] = {"name": name, "prefix": prefix or "/"}
    for key, value in parse_qsl(details):
        try:
            order[key] = float(value) if "." in value else int(value)
        except ValueError:
            order[key] = value
    found = fault_of(order)
    if isinstance(found, str):
        sys.exit(f"--fault {text}: {found}")
    return found


def _warm(vendor: Vendor, market: Market, options: Options) -> None:
    """Make the good answers that a run asks for, in their packed form."""
    from tests.coingecko.message import Asked

    query = {"vs_currency": "usd", "per_page": "250", "precision": "full"}
    for category in market.categories(options):
        for page in count(1):
            asked = {**query, "category": category, "order": "market_cap_desc", "page": str(page)}
            made = vendor.good(Asked("GET", ("coins", "markets"), asked, {}), options)
            if made.content.plain == b"[]":
                break
            _ = made.content.packed


def main() -> None:
    """Serve until told to stop."""
    # Run as a folder, the program would not find its own modules by their full names.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from tests.coingecko.control import Control
    from tests.coingecko.faults import FAULTS
    from tests.coingecko.market import Market
    from tests.coingecko.options import Options, parse_moment
    from tests.coingecko.serve import Server
    from tests.coingecko.vendor import Vendor

    wanted = _arguments()
    if wanted.list_faults:
        print("\n".join(FAULTS))
        return
    options = Options(
        plan=wanted.plan,
        now=parse_moment(wanted.now) if wanted.now else None,
        limits=wanted.enforce_limits,
        recorded=dict(one.split("=", 1) for one in wanted.serve),
    )
    market = Market(wanted.coins, tuple(wanted.spread.split(",")) if wanted.spread else ())
    vendor = Vendor(market, wanted.recorded)
    if wanted.warm:
        _warm(vendor, market, options)
    tls = None
    if wanted.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(wanted.tls)
    control = Control(vendor, options, [_fault(text) for text in wanted.fault])
    with Server(wanted.port, control, tls) as server:
        print(server.address, flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        if wanted.while_stdin:
            Thread(target=_until_stdin_ends, args=[server], daemon=True).start()
        try:
            server.serve_forever(poll_interval=0.05)
        except KeyboardInterrupt:
            return


def _until_stdin_ends(server: Server) -> None:
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()

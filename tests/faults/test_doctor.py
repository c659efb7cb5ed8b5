"""Doctor on a home with live data: sources that do not answer, clocks, what waits."""

from __future__ import annotations

import json
import re
import socket
import ssl
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import trustme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

    Look = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def looked(good: Home, monkeypatch: pytest.MonkeyPatch) -> Look:
    """``looked("online", "--online")``: the exit code, and the findings of a name."""
    monkeypatch.setattr("pipeline.ops.printing.PROBES", ())
    monkeypatch.setattr("pipeline.ops.authored.PROBES", ())

    def look(name: str, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        ended = good("doctor", "--json", *arguments)
        found = json.loads(ended.out)
        assert "CG-" not in ended.out + ended.err
        return ended.code, [one for one in found if one["name"] == name]

    return look


def test_a_source_is_asked_one_thing_and_the_ledger_stays(
    good: Home, coingecko: CoinGecko, looked: Look
) -> None:
    ledger = (good.path / "state" / "ledger.sqlite").read_bytes()
    code, [found] = looked("online", "--online")
    assert (code, found["state"]) == (0, "ok")
    assert re.fullmatch(r"coingecko: answers; \d+ of 10000 calls are left", found["found"])
    [asked] = coingecko.requests
    assert asked["path"] == "/ping"
    assert asked["headers"]["x-cg-demo-api-key"] == coingecko.demo_key
    assert (good.path / "state" / "ledger.sqlite").read_bytes() == ledger
    assert looked("online")[1] == []
    assert len(coingecko.requests) == 1


def test_of_a_pro_key_the_vendor_says_what_is_left(
    coingecko: CoinGecko, looked: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    coingecko.set(plan="pro", monthly_credit=500_000, credits_used=1234)
    monkeypatch.setenv("CAPBRIEF_COINGECKO__PLAN", "pro")
    monkeypatch.setenv("CAPBRIEF_COINGECKO__KEY", coingecko.pro_key)
    code, [found] = looked("online", "--online")
    assert (code, found["state"]) == (0, "ok")
    assert re.search(r"49\d{4} of 500000 calls are left", found["found"])


def test_a_key_that_is_refused(
    coingecko: CoinGecko, looked: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    coingecko.fail("/ping", "unauthorized")
    code, [found] = looked("online", "--online")
    assert (code, found["exit_code"]) == (4, 4)
    assert "the key is missing or refused (the plan is demo)" in found["found"] + found["mend"]


def test_calls_that_are_spent_are_not_asked_for(
    coingecko: CoinGecko, looked: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By the real clock they are spent, which is what calls are counted by.
    monkeypatch.setattr("pipeline.budget.Budget.spent", lambda *_: 10_000)
    code, [found] = looked("online", "--online")
    assert (code, found["exit_code"]) == (6, 6)
    assert "10000 of 10000 calls of this month are spent" in found["found"]
    assert coingecko.requests == []


@pytest.fixture
def stranger() -> Iterator[int]:
    """The port of a server whose certificate is of an authority that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    def serve(server: socket.socket) -> None:
        # Once for the connection that is only tried, and once for the request.
        for _ in range(2):
            with suppress(OSError):
                connection, _address = server.accept()
                context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("kind", "said", "mend"),
    [
        ("name", "is not found", "(DNS)"),
        ("port", "takes no connection on port", "firewall"),
        ("tls", "its certificate is not trusted", "CAPBRIEF_HTTP__CA_FILE"),
        ("down", "answered 503", "run again later"),
    ],
)
def test_name_connection_tls_and_host_are_told_apart(
    coingecko: CoinGecko,
    looked: Look,
    monkeypatch: pytest.MonkeyPatch,
    stranger: int,
    kind: str,
    said: str,
    mend: str,
) -> None:
    if kind == "name":

        def unknown(*_: object, **__: object) -> Any:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr("socket.getaddrinfo", unknown)
    elif kind == "port":
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", f"http://127.0.0.1:{port}/api/v3")
    elif kind == "tls":
        monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", f"https://127.0.0.1:{stranger}/api/v3")
    else:
        coingecko.fail("/ping", "status", status=503)
    code, [found] = looked("online", "--online")
    assert (code, found["state"], found["exit_code"]) == (6, "fail", 6)
    assert said in found["found"]
    assert mend in found["mend"]


@pytest.mark.parametrize(
    ("at", "code", "state"),
    [
        ("2026-11-23T01:11:00+00:00", 0, None),
        ("2026-11-23T01:30:00+00:00", 0, "warn"),
        ("2026-11-23T00:50:00+00:00", 0, "warn"),
        ("2026-11-23T04:10:00+00:00", 6, "fail"),
    ],
)
def test_f45_a_clock_that_is_wrong_against_a_host(
    coingecko: CoinGecko, looked: Look, at: str, code: int, state: str | None
) -> None:
    coingecko.set(now=at)
    ended, found = looked("clock", "--online")
    assert (ended, [one["state"] for one in found]) == (code, [state] if state else [])
    if state:
        assert "the clock of this machine is" in found[0]["found"]
        assert "timedatectl" in found[0]["mend"]


@pytest.mark.parametrize(("hours", "code", "state"), [(40, 0, "warn"), (80, 10, "fail")])
def test_data_that_is_old(looked: Look, clock: Clock, hours: int, code: int, state: str) -> None:
    day, hour = divmod(22 * 24 + 1 + hours, 24)
    clock.at(f"2026-11-{day}T{hour:02}:10:00+00:00")
    ended, [found] = looked("freshness")
    assert (ended, found["state"]) == (code, state)
    assert f"coingecko: is {'late' if state == 'warn' else 'stale'}, {hours} hours old" in str(
        found
    )


def test_f34_members_that_wait_count_once_what_mends_it_was_run(
    good: Home, coingecko: CoinGecko, looked: Look
) -> None:
    coingecko.set(add={"artificial-intelligence": [f"newcomer-{n}" for n in range(100)]})
    assert good("fetch").code == 7
    code, [found] = looked("memberships")
    assert (code, found["state"]) == (0, "warn")
    assert found["found"].startswith("markets/artificial-intelligence: waits since 2026-11-23")
    [command] = re.findall("run 'capbrief ([^']+)'", found["mend"])
    assert good(*command.split()).code == 0
    assert looked("memberships")[1][0]["state"] == "ok"


def test_f24_a_host_that_announced_an_end_is_remembered(
    good: Home, coingecko: CoinGecko, looked: Look
) -> None:
    coingecko.fail("/coins/categories", "sunset", 1)
    assert good("fetch").code == 0
    code, [found] = looked("announced")
    assert (code, found["state"]) == (0, "warn")
    assert "/coins/categories" in found["found"]
    assert "sunset: " in found["found"]
    assert "newer capbrief" in found["mend"]


def test_an_outage_ends_with_what_mends_it(
    good: Home, coingecko: CoinGecko, clock: Clock, looked: Look
) -> None:
    coingecko.fail("/global", "status", status=503)
    good("fetch")
    _, [found] = looked("outages")
    assert (found["state"], found["mend"].split("'")[1]) == ("warn", "capbrief fetch coingecko")
    clock.forget()
    assert good("fetch", "coingecko").code == 0
    assert looked("outages")[1][0]["state"] == "ok"


def test_f45_what_one_cause_kept_away_is_one_finding(
    good: Home, coingecko: CoinGecko, clock: Clock, looked: Look
) -> None:
    coingecko.set(now="2026-11-23T09:10:00+00:00")
    assert good("fetch").code == 6
    _, [found] = looked("outages")
    assert re.match(r"coingecko [a-z/]+ and \d+ more: not to be had since ", found["found"])
    assert "the clock of this machine is 8.0 hours behind the host's" in found["found"]
    clock.forget()
    assert good("fetch", "coingecko").code == 0
    assert looked("outages")[1][0]["state"] == "ok"

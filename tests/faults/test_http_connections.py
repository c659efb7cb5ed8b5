"""No connection, or no answer in time (F01, F03, F04): tried again, then said in one line."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import CoinGecko, Ended  # noqa: TID251 - for its types only
    from tests.faults.conftest import Home  # noqa: TID251 - for its types only

LIST = "/coins/categories/list"


def failed_lines(ended: Ended) -> list[str]:
    """The lines of the log that say why the command failed."""
    return [str(line["message"]) for line in ended.log if line["event"] == "failed"]


@pytest.fixture
def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}/api/v3"


@pytest.fixture
def deaf() -> Iterator[str]:
    """An address whose queue of connections is full: no further one is taken, none refused."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        yield f"http://127.0.0.1:{port}/api/v3"
        for each in waiting:
            each.close()


# --- F01: no connection -----------------------------------------------------------------------


@pytest.mark.parametrize("command", [["fetch"], ["run", "--no-report"]])
def test_f01_without_a_network_one_line_says_so_and_nothing_is_published(
    good: Home, nowhere: str, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", nowhere)
    ended = good(*command)
    assert (ended.code, ended.out) == (6, "")
    (line,) = failed_lines(ended)
    where = nowhere.removeprefix("http://")
    assert line.startswith(f"{where}{LIST}: cannot be reached (connection refused) (3 tries)")
    assert "run again later" in line
    assert "\n" not in line
    good.must_be_unchanged()


def test_f01_without_a_network_a_new_home_publishes_nothing(
    empty: Home, nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", nowhere)
    ended = empty("run", "--no-report")
    assert (ended.code, len(failed_lines(ended))) == (6, 1)
    assert not (empty.path / "warehouse").exists()
    assert not (empty.path / "reports").exists()


def test_f01_a_name_that_is_not_found_is_told_as_such(
    good: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def unknown(host: str, *_: object, **__: object) -> None:
        names.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.delenv("CAPBRIEF_COINGECKO__URL")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    ended = good("fetch")
    assert ended.code == 6
    (line,) = failed_lines(ended)
    assert line.startswith(f"api.coingecko.com/api/v3{LIST}: its name is not found")
    assert set(names) == {"api.coingecko.com"}
    good.must_be_unchanged()


@pytest.mark.parametrize(("fault", "details"), [("refuse", {}), ("reset", {"share": 0.5})])
def test_f01_a_connection_that_broke_once_leaves_no_trace(
    overcome: Callable[..., None], coingecko: CoinGecko, fault: str, details: dict[str, Any]
) -> None:
    overcome("/coins/markets", fault, **details)
    assert len(coingecko.requests) == 14


def test_f01_an_optional_source_costs_only_itself(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail("/global", "refuse")
    ended = good("fetch")
    assert ended.code == 3
    assert ended.message.startswith("global: ")
    assert "connection reset by peer) (3 tries); run again later" in ended.message
    assert len(good.had()) == 9
    assert "global" not in good.had()
    good.must_have_lost_nothing()


def test_f01_a_required_source_ends_the_run(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail("/coins/markets", "reset")
    ended = good("run", "--no-report")
    assert ended.code == 6
    assert "/coins/markets: cannot be reached (connection reset by peer)" in ended.message
    assert good.had() == {"categories/list", "categories"}
    good.must_have_lost_nothing()


# --- F03: the connection hangs ----------------------------------------------------------------


def test_f03_a_connection_that_hangs_has_a_limit_of_its_own(
    good: Home, deaf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", deaf)
    monkeypatch.setenv("CAPBRIEF_HTTP__CONNECT_SECONDS", "0.1")
    monkeypatch.setenv("CAPBRIEF_HTTP__TOTAL_SECONDS", "60")
    started = time.monotonic()
    ended = good("fetch")
    assert ended.code == 6
    assert "did not take the connection in time (3 tries); run again later" in ended.message
    assert time.monotonic() - started < 10
    good.must_be_unchanged()


# --- F04: silence, or a byte now and then -----------------------------------------------------


@pytest.mark.parametrize("fault", ["hang", "slow_headers", "drip"])
def test_f04_a_slow_answer_is_given_up_and_asked_for_again(
    overcome: Callable[..., None],
    coingecko: CoinGecko,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    # A byte comes five times a second: a timeout for one read would never end.
    monkeypatch.setenv("CAPBRIEF_HTTP__TOTAL_SECONDS", "0.7")
    overcome("/global", fault, interval=0.2)
    spoiled, again = (one["at"] for one in coingecko.requests if one["path"] == "/global")
    assert 0.6 < again - spoiled < 5


def test_f04_a_host_that_stays_slow_is_unavailable(
    good: Home, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_HTTP__TOTAL_SECONDS", "0.2")
    coingecko.fail("/", "drip", interval=0.05)
    ended = good("fetch")
    assert ended.code == 6
    assert f"{LIST}: gave no whole answer within 0.2 s (3 tries)" in ended.message
    good.must_be_unchanged()

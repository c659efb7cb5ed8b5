"""Keys: whom they are shown to, and what follows when they are refused (F11, F17, F24, F81)."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.budget import Allowance
from pipeline.errors import (
    AuthError,
    BadAnswerError,
    CapbriefError,
    NotFoundError,
    OutOfReachError,
    UnavailableError,
    UsageError,
)
from pipeline.secret import Secret
from tests.door.conftest import READ, RESET, Host, reply  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.http import Door
    from tests.door.conftest import Asker, Opener, Step  # noqa: TID251 - for its types only

GOOD = reply(b'{"n": 1}')
CANARY = Secret("CG-canary+key/7")


def says(status: str, body: bytes = b"{}", **changes: str) -> bytes:
    return reply(body, status, **changes)


# --- F11 and F17: refused keys ----------------------------------------------------------------


def refusal(status: int, value: Any) -> CapbriefError | None:
    """As a vendor's module would have it, whatever the status says."""
    kinds = {10002: AuthError, 10012: OutOfReachError, 7: NotFoundError}
    code = value.get("code") if isinstance(value, dict) else None
    return kinds[code](f"{status}: code {code}, {value.get('text')}") if code in kinds else None


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "401 No", "429 No", "500 No"])
def test_f11_f17_a_refused_key_ends_all_calls(host: Host, opener: Opener, status: str) -> None:
    opener.key, opener.refusal = CANARY, refusal
    body = b'{"code": 10002, "text": "bad key CG-canary+key/7"}'
    host.says(says(status, body))
    door = opener(host.url)
    for path in ("one", "two"):
        with pytest.raises(AuthError, match=r"/api/v3/one: \d+: code 10002, bad key \*\*\*$"):
            door([path], {}, gate=lambda _: None)
    assert host.connections == 1


@pytest.mark.parametrize(("code", "error"), [(10012, OutOfReachError), (7, NotFoundError)])
def test_a_refused_day_or_thing_ends_nothing_else(
    host: Host, opener: Opener, code: int, error: type[CapbriefError]
) -> None:
    opener.refusal = refusal
    refused = says("401 No", b'{"code": %d}' % code)
    host.says(*[refused] * 7, GOOD)
    door = opener(host.url)
    for _ in range(7):
        with pytest.raises(error):
            door(["ping"], {}, gate=lambda _: None)
    assert door(["ping"], {}, gate=lambda _: None).value == {"n": 1}


def test_a_page_with_403_is_a_gate_and_no_word_about_the_key(host: Host, opener: Opener) -> None:
    host.says(says("403 Forbidden", b"<html>Access\tdenied</html>", Content_Type="text/html"))
    door = opener(host.url)
    for _ in range(2):
        with pytest.raises(UnavailableError, match=r"at its gate .403.: <html>Access denied"):
            door(["ping"], {}, gate=lambda _: None)
    assert host.connections == 1
    assert opener.ledger.bad_answers()[0].status == 403
    assert opener.budget.take(Allowance("test", 1e9, None)) == pytest.approx(300, abs=2)


# --- The key, and what the host announces -----------------------------------------------------

ECHOES: dict[str, bytes] = {
    "in a value": reply(b'{"you": "CG-canary+key/7"}'),
    "in a page": reply(b"<p>CG-canary+key/7", Content_Type="text/html"),
    "in a refusal": says("400 Bad Request", b'{"key": "CG-canary+key/7"}'),
    "in a redirect": says("302 Found", b"", Location="http://h/CG-canary+key/7"),
    "at the gate": says("403 No", b"CG-canary+key/7", Content_Type="text/html"),
    "over the edge of the sample": reply(b" " * 2040 + b"CG-canary+key/7", Content_Type="a/b"),
    "as an encoding": reply(b"[1]", Content_Encoding="CG-canary+key/7"),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_f81_the_key_is_nowhere_but_in_its_header(
    host: Host, opener: Opener, tmp_path: Path, echo: str
) -> None:
    opener.key = CANARY
    host.says(ECHOES[echo])
    with pytest.raises(CapbriefError) as caught:
        opener(host.url)(["ping"], {}, gate=lambda value: f"is {value}")
    ledger = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    shown = [*traceback.format_exception(caught.value), repr(opener), ledger.decode("latin-1")]
    assert [text for text in shown if "canary" in text.lower()] == []
    assert host.headers()["x-key"] == CANARY.reveal()


def test_an_answer_that_repeats_the_key_is_not_kept(host: Host, opener: Opener) -> None:
    opener.key = CANARY
    host.says(ECHOES["in a value"])
    with pytest.raises(BadAnswerError, match="the answer repeats the key"):
        opener(host.url)(["ping"], {}, gate=lambda _: None)
    assert host.connections == 1


# --- A key that the host takes in the address alone -------------------------------------------

QUOTED = "CG-canary%2Bkey%2F7"


@pytest.fixture
def in_address(opener: Opener) -> Opener:
    opener.key, opener.is_key_in_address = CANARY, True
    return opener


def shown(
    door: Door,
    opener: Opener,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    *,
    has_answer: bool = False,
) -> list[str]:
    """All that anybody may see of a call: log, ledger, error, logs of the libraries.

    Where no answer came that repeats the key, the variables of the calls do not hold it either.
    """
    with pytest.raises(CapbriefError) as caught:
        door(["d"], {"s": "amd.us"}, gate=lambda value: f"is {value}")
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=not has_answer)
    chain: list[str] = []
    link: BaseException | None = caught.value
    while link is not None:
        chain.append(f"{link!r} {link.__traceback__ is None}")
        link = link.__cause__ or link.__context__
    ledger = b"".join(path.read_bytes() for path in folder.iterdir())
    return [
        "".join(told.format()),
        *chain,
        repr(opener),
        repr(opener.events),
        ledger.decode("latin-1"),
        caplog.text,
    ]


ADDRESS_ECHOES = {
    **ECHOES,
    "in an address in a page": reply(f"<a href='?apikey={QUOTED}'>".encode(), Content_Type="a/b"),
    "in small letters": reply(b'{"you": "CG-canary%2bkey%2f7"}'),
    "in a redirect of the address": says("301 No", b"", Location=f"/d?apikey={QUOTED}"),
    "of a busy host": says("429 No", f"apikey={QUOTED}".encode(), Retry_After="1"),
    "of a broken host": says("500 No", f"apikey={QUOTED}".encode()),
}


@pytest.mark.parametrize("echo", ADDRESS_ECHOES)
def test_f81_the_key_is_nowhere_but_in_the_address_on_the_wire(
    host: Host, in_address: Opener, tmp_path: Path, caplog: pytest.LogCaptureFixture, echo: str
) -> None:
    caplog.set_level(logging.DEBUG)
    host.says(ADDRESS_ECHOES[echo])
    found = shown(in_address(host.url), in_address, tmp_path, caplog, has_answer=True)
    assert [text for text in found if "canary" in text.lower()] == []
    assert host.targets[-1] == f"/api/v3/d?s=amd.us&apikey={QUOTED}"
    assert "x-key" not in host.headers()


@pytest.mark.parametrize("steps", [[RESET], [READ, b"HTTP/1.1 2"], [READ, b"nonsense\r\n\r\n"]])
def test_f81_a_connection_that_breaks_tells_no_address(
    host: Host,
    in_address: Opener,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    steps: list[Step],
) -> None:
    caplog.set_level(logging.DEBUG)
    host.plays(steps)
    found = shown(in_address(host.url), in_address, tmp_path, caplog)
    assert [text for text in found if "canary" in text.lower()] == []


def test_f81_a_host_that_is_not_there_tells_no_address(
    in_address: Opener, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    found = shown(in_address("http://127.0.0.1:1/x"), in_address, tmp_path, caplog)
    assert [text for text in found if "canary" in text.lower()] == []


def test_the_address_of_an_answer_is_without_its_key(host: Host, in_address: Opener) -> None:
    host.says(GOOD)
    answer = in_address(host.url)(["d"], {}, gate=lambda _: None)
    assert answer.url == f"{host.url}/d"
    assert host.targets == [f"/api/v3/d?apikey={QUOTED}"]


def test_a_key_for_an_address_is_one_word(in_address: Opener, host: Host) -> None:
    in_address.key = Secret("two words")
    with pytest.raises(UsageError, match="the key is empty, or has a blank"):
        in_address(host.url)


def test_f24_an_end_that_is_announced_is_logged_once(
    host: Host, ask: Asker, opener: Opener
) -> None:
    steps: list[Step] = [READ, reply(b"[1]", Sunset="Sat, 1 May 2027 00:00:00 GMT")]
    host.plays(steps * 3)
    for _ in range(3):
        ask()
    assert opener.logged("deprecated") == [
        {
            "source": "gecko",
            "url": f"{host.url}/ping",
            "sunset": "Sat, 1 May 2027 00:00:00 GMT",
        }
    ]

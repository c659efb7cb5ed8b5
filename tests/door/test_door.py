"""What the door asks, how often, and what it makes of the answers (faults F10 to F14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import (
    AuthError,
    BadAnswerError,
    CapbriefError,
    NotFoundError,
)
from pipeline.secret import Secret
from tests.door.conftest import NOW, READ, Host, reply  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.source import Get
    from tests.door.conftest import Asker, Opener  # noqa: TID251 - for its types only

GOOD = reply(b'{"n": 1}')
HTML = reply(b"<!DOCTYPE html><title>One moment</title>", Content_Type="text/html; charset=UTF-8")
CANARY = Secret("CG-canary+key/7")


def says(status: str, body: bytes = b"{}", **changes: str) -> bytes:
    return reply(body, status, **changes)


# --- What is asked ----------------------------------------------------------------------------


def test_one_connection_serves_many_calls_and_says_who_asks(host: Host, opener: Opener) -> None:
    host.plays([READ, GOOD, READ, GOOD, READ, GOOD])
    opener.key = CANARY
    door: Get = opener(host.url + "/", contact="ada@example.org")
    for _ in range(3):
        answer = door(
            ["coins", "markets"], {"vs_currency": "usd", "ids": "a,b"}, gate=lambda _: None
        )
    assert host.connections == 1
    assert answer.url == f"{host.url}/coins/markets?vs_currency=usd&ids=a%2Cb"
    assert (answer.value, answer.content) == ({"n": 1}, b'{"n": 1}')
    sent = host.headers()
    assert sent == {
        "Host": f"127.0.0.1:{host.port}",
        "User-Agent": "capbrief/1.2.3 (AI-token market and GPU-capacity reports; ada@example.org)",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "x-key": CANARY.reveal(),
    }
    first = opener.logged("request")[0]
    assert {**first, "duration_ms": 0} == {
        "source": "gecko",
        "url": answer.url,
        "http_status": 200,
        "attempt": 1,
        "duration_ms": 0,
        "bytes": 8,
    }


@pytest.mark.parametrize(
    ("coin_id", "target"),
    [
        ("1move token", "1move%20token"),
        ("boringdao-[old]", "boringdao-%5Bold%5D"),
        ("100%", "100%25"),
        ("%2e%2e", "%252e%252e"),
        ("a/../../b", "a%2F..%2F..%2Fb"),
        ("a?b#c&d;e\\f", "a%3Fb%23c%26d%3Be%5Cf"),
        ("...", "..."),
        ("tüte\r\nX: y", "t%C3%BCte%0D%0AX%3A%20y"),
        ("~a_b.c-d", "~a_b.c-d"),
    ],
)
def test_any_id_stays_one_segment(host: Host, ask: Asker, coin_id: str, target: str) -> None:
    host.says(GOOD)
    ask("coins", coin_id, "market_chart", parameters={"q": "a&b=c d"})
    assert host.targets == [f"/api/v3/coins/{target}/market_chart?q=a%26b%3Dc%20d"]


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_an_id_that_leads_elsewhere_is_refused(ask: Asker, host: Host, segment: str) -> None:
    with pytest.raises(ValueError, match="is no segment of a path"):
        ask("coins", segment)
    assert host.connections == 0


def test_f21_nothing_is_taken_from_the_environment(
    host: Host, ask: Asker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    host.says(GOOD)
    ask()
    assert set(host.headers()) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
    assert host.targets == ["/api/v3/ping"]


def test_no_cookie_is_kept(host: Host, ask: Asker) -> None:
    host.plays([READ, reply(b"[1]", Set_Cookie="id=7; Path=/"), READ, GOOD])
    ask()
    ask()
    assert len(host.requests) == 2
    assert "Cookie" not in host.headers()


# --- What is no good answer -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        pytest.param(HTML, "is not JSON but text/html: '<!DOCTYPE html>", id="F10"),
        pytest.param(reply(b"[1]", Content_Type="text/plain"), "is not JSON but text/", id="F10 t"),
        pytest.param(reply(b"[1]", Content_Type=""), "is not JSON but of no type", id="F10 none"),
        pytest.param(says("204 No Content", b""), "is 204 instead of 200", id="F12 204"),
        pytest.param(says("206 Partial Content"), "is 206 instead of 200", id="F12 206"),
        pytest.param(reply(b""), "is empty", id="F12 empty"),
        pytest.param(reply(b" \n"), "is empty", id="F12 blank"),
        pytest.param(reply(b"[]"), "has no rows", id="F12 no rows"),
        pytest.param(reply(b"[NaN]"), "holds NaN", id="F25"),
        pytest.param(reply(b"[1e400]"), "has a number beyond float64", id="F25 1e400"),
        pytest.param(reply(b'{"a":1,"a":2}'), "has a key twice", id="F26 keys"),
        pytest.param(reply(b"\xef\xbb\xbf[1]"), "begins with a byte order mark", id="F26 BOM"),
        pytest.param(reply(b'["\xe9"]'), "is not UTF-8 at byte 2", id="F26 Latin-1"),
        pytest.param(reply(b"[1] [2]"), r"is broken at character 4 \(Extra", id="F26 more"),
        pytest.param(reply(b"[" * 200_000), "is nested more than 64", id="F26 deep"),
    ],
)
def test_a_bad_answer_is_had_once_more_and_its_beginning_kept(
    host: Host, ask: Asker, opener: Opener, bad: bytes, said: str
) -> None:
    def gate(value: object) -> str | None:
        return None if value else "has no rows"

    host.says(bad, GOOD)
    assert ask(gate=gate).value == {"n": 1}
    host.says(bad)
    with pytest.raises(BadAnswerError, match=rf"/ping: the answer {said}.* \(2 tries\); the ledg"):
        ask(gate=gate)
    assert host.connections == 4
    kept = opener.ledger.bad_answers()
    assert len(kept) == 3
    assert kept[-1].url == f"{host.url}/ping"
    assert kept[-1].sample == bad.partition(b"\r\n\r\n")[2][:2048].decode("utf-8", "replace")
    assert kept[-1].seen_at == NOW


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        ("400 Bad Request", BadAnswerError, r"refused the request \(400\): \{\"error\": \"x y\"\}"),
        ("401 Unauthorized", AuthError, r"the key or its plan is refused \(401\)"),
        ("403 Forbidden", AuthError, r"the key or its plan is refused \(403\)"),
        ("404 Not Found", NotFoundError, r"there is no such thing \(404\)"),
        ("414 URI Too Long", BadAnswerError, r"refused the request \(414\)"),
    ],
)
def test_a_refusal_is_never_asked_again(
    host: Host, ask: Asker, status: str, error: type[CapbriefError], said: str
) -> None:
    host.says(says(status, b'{"error":\n "x y"}'))
    with pytest.raises(error, match=rf"^127\.0\.0\.1:\d+/api/v3/ping: {said}") as caught:
        ask()
    assert type(caught.value) is error
    assert host.connections == 1


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://evil.example/take?token=s3cr3t", "has moved to https://evil.example/take "),
        ("http://ada:s3cr3t@evil.example/", "has moved to http://evil.example/ "),
        ("/api/v3/ping", "has moved to /api/v3/ping "),
        ("file:///etc/passwd", "has moved to file:///etc/passwd "),
        ("http://[", "has moved to nowhere "),
        ("http://a/\x1b]2J", r"has moved to http://a/\?\]2J "),
    ],
)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_f13_f14_no_redirect_is_followed(
    host: Host, ask: Asker, status: str, location: str, said: str
) -> None:
    host.says(says(status, b"x", Location=location))
    with pytest.raises(BadAnswerError, match=said) as caught:
        ask()
    assert host.connections == 1
    assert "s3cr3t" not in str(caught.value)


def test_f13_the_key_does_not_travel(host: Host, opener: Opener) -> None:
    other = Host()
    host.says(says("302 Found", b"", Location=other.url))
    opener.key = CANARY
    with pytest.raises(BadAnswerError, match="has moved to"):
        opener(host.url)(["ping"], {}, gate=lambda _: None)
    other.close()
    assert other.connections == 0

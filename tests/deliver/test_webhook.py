"""Webhooks: what is posted, who answers for it, and where it may lead."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import socket
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import contact
from pipeline.deliver import webhook
from pipeline.deliver.message import LaterError, RefusedError
from pipeline.secret import Secret
from pipeline.settings import Channel, Http
from tests import post  # noqa: TID251 - its servers

if TYPE_CHECKING:
    from tests.deliver.conftest import Makes  # noqa: TID251 - for its types only
    from tests.post import Receiver  # noqa: TID251 - for its types only

# The example of the Standard Webhooks specification.
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = Channel(kind="webhook", key=Secret(KEY))
HTTP = Http(connect_seconds=2)


def send(make: Makes, url: str, channel: Channel = HOOK) -> None:
    own = replace(channel, url=Secret(url))
    parcel = make.parcel(make.message(files=(make.file("market.pdf", b"%PDF"),)))
    content = webhook.plain(parcel, own, make.folder / "reports")
    webhook.Poster(own, HTTP, "0.0.0").post(parcel.key, content, make.now)


def test_what_is_posted_is_signed_as_the_standard_says(make: Makes, receiver: Receiver) -> None:
    send(make, f"{receiver.url}/hook", replace(HOOK, link="https://r.example.org"))
    [got] = receiver.posted
    told = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    key = base64.b64decode(KEY.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, told, hashlib.sha256)).decode()
    assert got.headers["webhook-signature"] == f"v1,{expected}"
    assert got.headers["webhook-id"] == make.parcel().key
    assert got.headers["webhook-timestamp"] == str(int(make.now.timestamp()))
    body = json.loads(got.body)
    assert (body["type"], body["data"]["report"]) == ("capbrief.report", "market")
    [file] = body["data"]["files"]
    assert file["sha256"] == hashlib.sha256(b"%PDF").hexdigest()
    assert file["url"] == "https://r.example.org/market_2026-11-23/market.pdf"


def test_the_example_of_the_specification_is_signed_alike() -> None:
    # Standard Webhooks 1.0, its reference libraries' test.
    at = make_time(1614265330)
    headers = webhook.signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', Secret(KEY)
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def make_time(seconds: int) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("key", ["", "short", "whsec_", "whsec_!!!", "é" * 40, "A" * 200])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"24 to 64 bytes in base64"):
        contact.signing_key(key)


def test_a_key_counts_with_and_without_its_prefix() -> None:
    assert contact.signing_key(KEY) == contact.signing_key(KEY.removeprefix("whsec_"))


def slack(make: Makes, **changes: Any) -> dict[str, Any]:
    parcel = make.parcel(make.message(**changes))
    channel = Channel(kind="slack", link="https://r.example.org")
    found: dict[str, Any] = json.loads(webhook.slack(parcel, channel, make.folder / "reports"))
    return found


def test_a_name_can_call_nobody(make: Makes) -> None:
    """Slack reads <!channel>, <@U1> and <url|text> as markup, and nothing without a bracket."""
    shown = json.dumps(slack(make, subject="<!channel> & <@U1>", lines=("<!here> <http://x|y>",)))
    assert "<" not in shown
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in shown


def test_slack_is_given_no_more_than_it_takes(make: Makes) -> None:
    whole = slack(make, subject="&" * 400, lines=("x" * 900,) * 30)
    header, section = whole["blocks"]
    assert len(header["text"]["text"]) <= 150
    assert header["text"]["text"].endswith("&amp;…")
    assert len(section["text"]["text"]) <= 3000
    assert section["text"]["text"].endswith("…")


def test_slack_links_to_the_files(make: Makes) -> None:
    whole = slack(make, files=(make.file("market.pdf", b"%PDF"),))
    link = "<https://r.example.org/market_2026-11-23/market.pdf|market.pdf>"
    assert link in whole["blocks"][1]["text"]["text"]


def test_without_lines_there_is_no_empty_block(make: Makes) -> None:
    assert [one["type"] for one in slack(make, lines=())["blocks"]] == ["header"]


# --- Answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (429, LaterError),
        (500, LaterError),
        (503, LaterError),
        (408, LaterError),
        (400, RefusedError),
        (404, RefusedError),
        (410, RefusedError),
        (301, RefusedError),
        (307, RefusedError),
        (308, RefusedError),
    ],
)
def test_f74_what_the_host_answers_decides(
    make: Makes, receiver: Receiver, answer: int, kind: type[Exception]
) -> None:
    """F74: a webhook's 4xx, 5xx and redirects; none of them is followed."""
    receiver.answers = [answer]
    with pytest.raises(kind, match=f"answers {answer}"):
        send(make, f"{receiver.url}/canary")
    assert [got.path for got in receiver.posted] == ["/canary"]


def test_f74_a_host_that_draws_it_out(
    make: Makes, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F74: slow webhook: each byte comes in time, the whole does not."""
    monkeypatch.setattr(webhook, "_SECONDS", 0.5)
    receiver.answers = [post.drip]
    with pytest.raises(LaterError, match=r"no whole answer within 0.5 s"):
        send(make, receiver.url)


def test_f74_a_host_that_breaks_off(make: Makes, receiver: Receiver) -> None:
    """F74: the connection is reset."""
    receiver.answers = [post.reset]
    with pytest.raises(LaterError, match=r"broke off|cannot be reached"):
        send(make, receiver.url)


def test_the_address_is_told_to_nobody(make: Makes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(LaterError) as told:
        send(make, "http://127.0.0.1:1/canary?token=canary")
    link: BaseException | None = told.value
    while link is not None:
        assert "canary" not in str(link)
        link = link.__cause__ or link.__context__
    assert "canary" not in caplog.text


# --- Where it may lead ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "public", "private"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("10.0.0.1", False, True),
        ("172.16.0.1", False, True),
        ("192.168.1.1", False, True),
        ("100.64.0.1", False, True),
        ("fd12::1", False, True),
        ("127.0.0.1", False, False),
        ("::1", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("169.254.169.254", False, False),
        ("169.254.1.1", False, False),
        ("fe80::1", False, False),
        ("fd00:ec2::254", False, False),
        ("fd00:ec2::23", False, False),
        ("fd20:ce::254", False, False),
        ("100.100.100.200", False, False),
        ("192.0.0.192", False, False),
        ("224.0.0.1", False, False),
        ("ff02::1", False, False),
        ("255.255.255.255", False, False),
        ("240.0.0.1", False, False),
        ("::ffff:127.0.0.1", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("2002:7f00:1::", False, False),
    ],
)
def test_where_a_name_may_lead(found: str, public: bool, private: bool) -> None:
    ip = ip_address(found)
    assert contact.may_reach(ip, "hook.example", allow_private=False) is public
    assert contact.may_reach(ip, "hook.example", allow_private=True) is private


def test_this_machine_is_reached_by_its_own_names_alone() -> None:
    for host in ("localhost", "127.0.0.1", "::1", "[::1]"):
        assert contact.may_reach(ip_address("127.0.0.1"), host, allow_private=False)
        assert not contact.may_reach(ip_address("10.0.0.1"), host, allow_private=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://hook.example/x",
        "ftp://hook.example/x",
        "https://user:word@hook.example/",
        "https://hook.example/#x",
        "https:///x",
        "https://hook.example/a b",
        "https://hook.example/\r\nHost: x",
        "https://hook.example:99999/",
        "//hook.example",
        "https://[::1",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    assert contact.web_flaw(url)


def test_an_address_that_is_one() -> None:
    assert contact.web_flaw("https://hooks.example.com/services/T/B/x?y=1") is None
    assert contact.web_flaw("http://localhost:9/x") is None
    assert contact.web_flaw("https://hc.example/ping?x=1", is_extended=True)


@pytest.mark.parametrize("allowed", [False, True])
def test_a_name_that_leads_to_this_machine_is_not_connected_to(
    make: Makes, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    """DNS rebinding: a public name that a name server leads to this machine."""
    port = int(receiver.url.rpartition(":")[2])
    asked = []

    def answer(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    channel = replace(HOOK, allow_private=allowed)
    with pytest.raises(RefusedError, match="leads into a network that it may not lead to"):
        send(make, f"https://hook.example:{port}/x", channel)
    assert asked == ["hook.example"]
    assert receiver.posted == []


def test_a_name_is_asked_for_once_and_led_to_what_was_looked_at(
    make: Makes, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: a name server that answers otherwise each time it is asked."""
    connected: list[str] = []
    real = socket.getaddrinfo

    def answer(host: str, *rest: Any, **more: Any) -> Any:
        if host == "hook.example":
            first = not connected
            connected.append("asked")
            to = "93.184.216.34" if first else "169.254.169.254"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (to, 443))]
        return real(host, *rest, **more)

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with pytest.raises(LaterError, match="cannot be reached"):
        send(make, "https://hook.example/x")
    assert connected == ["asked", "93.184.216.34"]

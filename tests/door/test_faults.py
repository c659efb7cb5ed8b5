"""What a host can do wrong below JSON (faults F01 to F09 and F23 of the catalogue)."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import trustme

from pipeline.errors import BadAnswerError, UnavailableError, UsageError
from tests.door.conftest import NOW, READ, RESET, Host, reply  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.door.conftest import Asker, Opener, Step  # noqa: TID251 - for its types only

GOOD = reply(b'{"n": 1}')


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


# --- F01 to F04: no answer, or none in time ---------------------------------------------------


def test_f01_a_refused_connection_is_tried_again_and_then_said(opener: Opener) -> None:
    door = opener(f"http://127.0.0.1:{free_port()}", access={"source": "s"})
    with pytest.raises(UnavailableError, match=r"127.*/ping: .*refused\) \(3 tries\); run again"):
        door(["ping"], {}, gate=lambda _: None)
    assert len(opener.logged("request")) == 3
    assert opener.slept == [0.5, 1.0]


def test_f01_an_unknown_name_is_told_as_such(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    door = opener("https://api.example.org")
    with pytest.raises(UnavailableError, match=r"its name is not found \(Name or service not"):
        door(["ping"], {}, gate=lambda _: None)


@pytest.mark.parametrize("script", [[READ, RESET], [READ], [RESET], [READ, GOOD[:30], RESET]])
def test_f01_a_connection_that_breaks_is_tried_again(
    host: Host, ask: Asker, script: list[Step]
) -> None:
    host.plays(script, [READ, GOOD])
    assert ask().value == {"n": 1}
    assert host.connections == 2


def test_f03_a_host_that_never_answers_the_call_is_given_up(opener: Opener) -> None:
    # A full backlog: the system takes no further connection.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        door = opener(f"http://127.0.0.1:{port}", connect_seconds=0.3, tries=1)
        started = time.monotonic()
        with pytest.raises(UnavailableError, match="did not take the connection in time"):
            door(["ping"], {}, gate=lambda _: None)
        assert time.monotonic() - started < 3
        for each in waiting:
            each.close()


def dripped(content: bytes, pause: float) -> list[Step]:
    return [step for at in range(len(content)) for step in (content[at : at + 1], pause)]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([READ, 30.0], id="silence"),
        pytest.param([READ, *dripped(reply(b"[]" * 500), 0.1)], id="header drip"),
        pytest.param([READ, reply(b"", Content_Length="999"), *[b" ", 0.1] * 99], id="body drip"),
        pytest.param(
            [READ, reply(b"", Content_Length="", Transfer_Encoding="chunked")]
            + [b"1\r\n \r\n", 0.1] * 99,
            id="chunk drip",
        ),
        pytest.param(
            [READ, b"HTTP/1.1 100 Continue\r\n\r\n", *[b"HTTP/1.1 100 C\r\n\r\n", 0.1] * 99],
            id="endless continue",
        ),
    ],
)
def test_f04_the_whole_answer_has_one_deadline(
    host: Host, opener: Opener, script: list[Step]
) -> None:
    # Each byte comes well before a timeout of the socket would end.
    host.plays(script)
    door = opener(host.url, total_seconds=0.5, tries=1)
    threads, started = threading.active_count(), time.monotonic()
    with pytest.raises(UnavailableError, match=r"no whole answer within 0\.5 s"):
        door(["ping"], {}, gate=lambda _: None)
    assert 0.3 < time.monotonic() - started < 3
    assert threading.active_count() <= threads + 1  # the host's own


def test_f04_the_deadline_is_tried_again(host: Host, opener: Opener) -> None:
    host.plays([READ, 30.0], [READ, GOOD])
    door = opener(host.url, total_seconds=0.5)
    assert door(["ping"], {}, gate=lambda _: None).value == {"n": 1}


# --- F02: TLS ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Callable[..., Host]]:
    made: list[Host] = []

    def start(name: str = "127.0.0.1", expires: datetime | None = None) -> Host:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name, not_after=expires).configure_cert(context)
        made.append(Host(context))
        made[-1].says(GOOD)
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_f02_works_with_certificates_of_its_own(
    secure: Callable[..., Host], opener: Opener, trusted: str
) -> None:
    host = secure()
    host.plays([READ, GOOD, READ, GOOD])
    door = opener(host.url, ca_file=trusted)
    for _ in range(2):
        assert door(["ping"], {}, gate=lambda _: None).value == {"n": 1}
    assert host.connections == 1


@pytest.mark.parametrize(
    ("name", "age", "trusts", "said"),
    [
        ("127.0.0.1", 0, False, "unable to get local issuer certificate|self-signed"),
        ("elsewhere.example", 0, True, "mismatch|not valid for '127.0.0.1'"),
        ("127.0.0.1", 400, True, "certificate has expired"),
    ],
)
def test_f02_a_host_that_proves_nothing_gets_nothing(
    secure: Callable[..., Host],
    opener: Opener,
    trusted: str,
    name: str,
    age: int,
    trusts: bool,
    said: str,
) -> None:
    host = secure(name, expires=datetime.now(UTC) - timedelta(days=1) if age else None)
    door = opener(host.url, ca_file=trusted if trusts else None)
    for _ in range(2):
        with pytest.raises(UnavailableError, match=f"not trusted: .*({said}).*CA_FILE"):
            door(["ping"], {}, gate=lambda _: None)
    # Not tried again, and the second call did not even connect.
    assert host.connections == 1
    assert host.requests == []


def test_f02_the_environment_cannot_name_certificates(
    secure: Callable[..., Host], opener: Opener, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", trusted)
    monkeypatch.setenv("CURL_CA_BUNDLE", trusted)
    with pytest.raises(UnavailableError, match="not trusted"):
        opener(secure().url)(["ping"], {}, gate=lambda _: None)


def test_f02_a_handshake_has_a_deadline(host: Host, opener: Opener) -> None:
    # The beginning of a record of 16 kB, byte by byte.
    host.plays([*dripped(b"\x16\x03\x03\x40\x00" + b"\x02" * 90, 0.1)])
    door = opener(
        host.url.replace("http:", "https:"), connect_seconds=0.5, total_seconds=1.0, tries=1
    )
    started = time.monotonic()
    with pytest.raises(UnavailableError, match="no whole answer within 1 s"):
        door(["ping"], {}, gate=lambda _: None)
    assert time.monotonic() - started < 4


def test_f02_a_host_without_tls_is_not_spoken_to_in_clear(host: Host, opener: Opener) -> None:
    host.plays([b"HTTP/1.1 400 Bad Request\r\n\r\n"])
    with pytest.raises(UnavailableError, match="cannot speak TLS"):
        opener(host.url.replace("http:", "https:"))(["ping"], {}, gate=lambda _: None)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_f02_a_file_that_holds_no_certificates_is_named(
    opener: Opener, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match=rf"CAPBRIEF_HTTP__CA_FILE: {file} is no file of cert"):
        opener("https://api.example.org", ca_file=str(file))


# --- F05 to F09: bodies -----------------------------------------------------------------------

CHUNKED = {"Content_Length": "", "Transfer_Encoding": "chunked"}


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(reply(b'{"n": 1}', Content_Length="9"), id="short of its length"),
        pytest.param(reply(b'8\r\n{"n": 1}\r\n', **CHUNKED), id="no last chunk"),
        pytest.param(reply(b'9\r\n{"n": 1}', **CHUNKED), id="inside a chunk"),
        pytest.param(
            reply(gzip.compress(b'{"n": 1}')[:-8], Content_Encoding="gzip"), id="no trailer"
        ),
        pytest.param(
            reply(gzip.compress(b'{"n": 1}')[:-1], Content_Encoding="gzip"), id="half a trailer"
        ),
    ],
)
def test_f05_f07_a_body_that_is_cut_is_discarded_and_had_again(
    host: Host, ask: Asker, opener: Opener, cut: bytes
) -> None:
    host.says(cut, cut, GOOD)
    assert ask().content == b'{"n": 1}'
    assert host.connections == 3
    reasons = {str(fields["reason"]) for fields in opener.logged("retry")}
    assert len(reasons) == 1
    assert "broke off" in reasons.pop()


def test_a_whole_chunked_and_packed_body_is_taken(host: Host, ask: Asker) -> None:
    packed = gzip.compress(b'{"n": 1}')
    middle = len(packed) // 2
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(part), part) for part in (packed[:middle], packed[middle:], b"")
    )
    host.says(reply(chunks, Content_Encoding="gzip", **CHUNKED))
    answer = ask()
    assert answer.content == b'{"n": 1}'
    assert answer.media_type == "application/json"
    assert answer.retrieved_at == NOW
    assert host.headers()["Accept-Encoding"] == "gzip"


WRONG_SUM = bytearray(gzip.compress(b'{"n": 1}'))
WRONG_SUM[-5] ^= 0xFF


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(bytes(WRONG_SUM), id="wrong checksum"),
        pytest.param(b'{"n": 1}', id="not packed at all"),
        pytest.param(gzip.compress(b'{"n": 1}') + b"more", id="bytes behind it"),
        pytest.param(gzip.compress(b'{"n"') + gzip.compress(b": 1}"), id="two members"),
    ],
)
def test_f07_f09_bad_gzip_is_had_once_more(host: Host, ask: Asker, body: bytes) -> None:
    host.says(reply(body, Content_Encoding="gzip"))
    with pytest.raises(BadAnswerError, match=r"gzip data.* \(2 tries\)"):
        ask()
    assert host.connections == 2


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        pytest.param(
            reply(gzip.compress(b" " * (65 << 20)), Content_Encoding="gzip"),
            "unpacks to more than",
            id="F08 bomb",
        ),
        pytest.param(
            reply(gzip.compress(gzip.compress(b"[1]")), Content_Encoding="gzip, gzip"),
            "packed in a way that was not",
            id="F08 nested",
        ),
        pytest.param(reply(b"\x1b\x00", Content_Encoding="br"), "packed in a way", id="F08 brotli"),
        pytest.param(
            reply(b"1", Content_Length="") + b" " * (65 << 20), "longer than", id="F08 endless"
        ),
        pytest.param(
            reply(b"[1]", "200 OK", *(f"x-{n}: y" for n in range(300))),
            "headers beyond all bounds",
            id="F23 300 headers",
        ),
        pytest.param(
            reply(b"[1]", x="y" * 100_000), "headers beyond all bounds", id="F23 100 kB header"
        ),
        pytest.param(reply(b"zz\r\n", **CHUNKED), "impossible sizes", id="F23 no chunk size"),
        pytest.param(
            reply(b"-5\r\n[1]\r\n0\r\n\r\n", **CHUNKED), "rules of HTTP", id="F23 negative chunk"
        ),
        pytest.param(
            reply(b"[1]", "200 OK", "Content-Length: 7"), "headers beyond", id="F23 two lengths"
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP", id="F23 other protocol"),
    ],
)
def test_f08_f23_what_is_beyond_bounds_is_refused_at_once(
    host: Host, ask: Asker, bad: bytes, said: str
) -> None:
    host.says(bad)
    with pytest.raises(BadAnswerError, match=f"ping: .*{said}.*; nothing of it was taken"):
        ask()
    assert host.connections == 1


def test_f08_a_body_that_packs_well_is_no_bomb(host: Host, ask: Asker) -> None:
    body = b"[%s]" % b",".join([b"0"] * 200_000)
    packed = gzip.compress(body)
    assert len(body) / len(packed) > 200
    host.says(reply(packed, Content_Encoding="gzip"))
    assert len(ask().value) == 200_000


def test_a_bad_body_of_a_failed_call_hides_not_its_status(host: Host, ask: Asker) -> None:
    host.says(reply(b"plain", "503 Unavailable", Content_Encoding="gzip"), GOOD)
    assert ask().value == {"n": 1}

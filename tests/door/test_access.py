"""Whom a source may speak to, and what it says of itself."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.budget import Allowance
from pipeline.errors import CapbriefError, UsageError
from pipeline.http import Access
from pipeline.retry import backoff, retry_after
from pipeline.secret import Secret
from tests.door.conftest import READ, Host  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from tests.door.conftest import Opener  # noqa: TID251 - for its types only


def access(url: str, key: str = "CG-1") -> Access:
    return Access(
        source="gecko",
        url=url,
        hosts=frozenset({"api.example.org", "pro.example.org"}),
        header=("x-key", Secret(key)),
        allowance=Allowance("k", 30, None),
        refusal=lambda status, value: None,
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.org/api/v3",
        "https://API.example.org:8443",
        "http://localhost:8080/x",
        "http://127.0.0.1",
        "https://127.1.2.3",
        "http://[::1]:9/",
    ],
)
def test_an_address_of_the_source_or_of_this_machine_is_taken(url: str) -> None:
    assert access(url).url == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://api.example.org", "of api.example.org must begin with https://"),
        ("ftp://127.0.0.1/", "of this machine must begin with http:// or https://"),
        ("file:///etc/passwd", "must be https://host/path"),
        ("https://evil.example", "evil.example, which is not its host; that is api.example.org or"),
        ("https://api.example.org.evil.example", "is not its host"),
        ("https://localhost.evil.example", "is not its host"),
        ("https://api.example.org@evil.example", "without a user"),
        ("https://evil.example\\@api.example.org", "without a user"),
        ("https://:@api.example.org", "without a user"),
        ("https://api.example.org/?x_cg_demo_api_key=CG-1", "end before the question mark"),
        ("https://api.example.org/#", "end before the question mark"),
        ("https://api.exam\nple.org", "without blanks"),
        ("https://api.example.org /x", "without blanks"),
        ("https://api.example.org:99999", "is none (Port out of range"),
        ("https://[::1", "is none (Invalid IPv6"),
        ("https://169.254.169.254/latest", "is not its host"),
        ("", "must be https://host/path"),
    ],
)
def test_any_other_address_is_refused_without_showing_what_was_in_it(url: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        access(url)
    assert str(caught.value).startswith("gecko: the address ")
    assert said in str(caught.value)
    assert "CG-1" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "CG-1\n", "CG 1", "CG-1\r\nX: y", "schlüssel"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(key: str) -> None:
    # requests would quote the whole header in its exception.
    with pytest.raises(UsageError, match="gecko: the key is empty, or has a blank") as caught:
        access("https://api.example.org", key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("contact", ["ada\r\nX: y", "a) evil (b", "ädä"])
def test_a_contact_that_no_header_can_hold_is_refused(opener: Opener, contact: str) -> None:
    with pytest.raises(UsageError, match="CAPBRIEF_HTTP__CONTACT"):
        opener("https://api.example.org", contact=contact)


def test_naming_an_access_loads_no_http_client() -> None:
    # Every command reads the list of sources, --help too.
    code = "import sys, pipeline.http; print('requests' in sys.modules, 'urllib3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# --- Whatever comes ---------------------------------------------------------------------------


@given(
    st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ .*", fullmatch=True)
)
def test_any_retry_after_is_a_wait_or_none(text: str) -> None:
    found = retry_after(text, datetime(2026, 1, 1, tzinfo=UTC))
    assert found is None or found > 0


@given(st.integers(1, 10_000), st.floats(0.001, 1e6), st.floats(0, 1, exclude_max=True))
def test_a_backoff_is_at_most_a_minute(failures: int, first: float, drawn: float) -> None:
    assert 0 <= backoff(first, failures, lambda: drawn) < 60


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\r\n",
        b"\x00" * 200,
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: empty\r\n\xff\xfe: \xff\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999999\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\n[1]\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + b"[" * 70_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 9_999,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n\x1f",
        b"HTTP/1.1 301 Moved\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 429 No\r\nRetry-After: \xff\r\n\r\n",
    ],
)
def test_whatever_a_host_says_it_ends_in_one_line(host: Host, opener: Opener, said: bytes) -> None:
    host.plays([READ, said])
    door = opener(host.url, total_seconds=1.0, tries=2)
    with pytest.raises(CapbriefError) as caught:
        door(["ping"], {}, gate=lambda _: None)
    assert str(caught.value).startswith(f"127.0.0.1:{host.port}/api/v3/ping: ")
    assert "\n" not in str(caught.value)

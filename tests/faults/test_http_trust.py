"""Whom the program trusts and what it tells: certificates, proxies, secrets (F02, F21)."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import trustme

from pipeline.payload import PayloadStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import CoinGecko, Ended  # noqa: TID251 - for its types only
    from tests.faults.conftest import Home  # noqa: TID251 - for its types only

MARKETS = "/coins/markets"
SERVER = Path(__file__).parents[1] / "coingecko"


# --- F02: TLS ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(
    authority: trustme.CA, tmp_path: Path, online: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[trustme.CA | trustme.LeafCert], None]]:
    """Starts a CoinGecko with a certificate, and has it asked; the authority's file is ca.pem."""
    servers: list[subprocess.Popen[str]] = []
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def start(certificate: trustme.CA | trustme.LeafCert) -> None:
        if isinstance(certificate, trustme.LeafCert):
            both = certificate.private_key_and_cert_chain_pem.bytes()
        else:
            both = certificate.private_key_pem.bytes() + certificate.cert_pem.bytes()
        (tmp_path / "server.pem").write_bytes(both)
        now = ["--now", "2026-11-23T01:10:00Z", "--while-stdin"]
        server = subprocess.Popen(
            [sys.executable, str(SERVER), "--tls", str(tmp_path / "server.pem"), *now],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it is told of every handshake that fails
            text=True,
        )
        servers.append(server)
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url.startswith("https://127.0.0.1:")
        monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", url)

    yield start
    for server in servers:
        server.kill()
        server.communicate()


def asked(ended: Ended) -> list[dict[str, Any]]:
    """The requests in a log that tells every one."""
    return [line for line in ended.log if line["event"] == "request"]


def must_be_untrusted(good: Home, said: str) -> None:
    ended = good("fetch", "-v")
    assert ended.code == 6
    assert f"its certificate is not trusted: {said}" in ended.message
    assert "nothing was sent" in ended.message
    assert "CAPBRIEF_HTTP__CA_FILE" in ended.message
    # No second try, and nothing else is asked of that host.
    assert [one["http_status"] for one in asked(ended)] == [None]
    good.must_be_unchanged()


def test_f02_a_network_with_certificates_of_its_own_works_once_they_are_named(
    good: Home,
    authority: trustme.CA,
    secure: Callable[[trustme.CA | trustme.LeafCert], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secure(authority.issue_cert("127.0.0.1"))
    must_be_untrusted(good, "unable to get local issuer certificate")
    monkeypatch.setenv("CAPBRIEF_HTTP__CA_FILE", str(tmp_path / "ca.pem"))
    ended = good("fetch", "-v")
    assert (ended.code, ended.message) == (0, "")
    assert [one["http_status"] for one in asked(ended)] == [200] * 13
    assert len(good.had()) == 10
    good.must_have_lost_nothing()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("self-signed", "self-signed certificate"),
        ("wrong host", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ("expired", "certificate has expired"),
    ],
)
def test_f02_a_certificate_that_proves_nothing_is_not_trusted(
    good: Home,
    authority: trustme.CA,
    secure: Callable[[trustme.CA | trustme.LeafCert], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    said: str,
) -> None:
    monkeypatch.setenv("CAPBRIEF_HTTP__CA_FILE", str(tmp_path / "ca.pem"))
    if kind == "self-signed":
        secure(trustme.CA())
    elif kind == "wrong host":
        secure(authority.issue_cert("api.coingecko.com"))
    else:
        past = datetime.now(UTC) - timedelta(days=1)
        secure(authority.issue_cert("127.0.0.1", not_after=past))
    must_be_untrusted(good, said)


# --- F21: what other programs have set up -----------------------------------------------------


def test_f21_proxies_and_netrc_are_ignored(
    good: Home, coingecko: CoinGecko, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password s3cret\ndefault login x password y\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            for each in (name, name.lower()):
                monkeypatch.setenv(each, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        ended = good("fetch")
        with pytest.raises(BlockingIOError):  # nobody called
            proxy.accept()
    assert ended.code == 0
    assert len(coingecko.requests) == 13
    for one in coingecko.requests:
        assert "authorization" not in one["headers"]
        assert "proxy-authorization" not in one["headers"]


# --- Secrets ----------------------------------------------------------------------------------


def holders(home: Path, text: str) -> list[str]:
    """Where below a home a text is: files by their bytes, payloads by what is packed in them."""
    files = [
        path
        for path in home.rglob("*")
        if path.is_file() and path.parent.name != "warehouse" and text.encode() in path.read_bytes()
    ]
    store = PayloadStore(home / "payloads")
    return [*map(str, files), *(one for one in store if text.encode() in store.read(one))]


def tables_with(file: Path, text: str) -> list[str]:
    """In which tables of a warehouse a text is."""
    with closing(duckdb.connect(str(file), read_only=True)) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
        count = "select count(*) from {} as t where contains(t::varchar, ?)"
        return [
            name
            for (name,) in names
            if connection.execute(count.format(name), [text]).fetchall() != [(0,)]
        ]


@pytest.mark.parametrize(
    ("fault", "code", "form"),
    [
        ("unauthorized", 4, "json"),
        ("unauthorized", 4, "human"),
        ("html200", 6, "json"),
        ("html200", 6, "human"),
        ("echo_key", 6, "json"),
        ("refuse", 6, "human"),
        ("reset", 6, "json"),
        ("status", 6, "human"),
    ],
)
def test_secrets_are_nowhere_after_a_failure(
    good: Home, coingecko: CoinGecko, fault: str, code: int, form: str
) -> None:
    key = coingecko.demo_key
    # Once in the open, and once across the end of the sample that is kept (2,048 bytes).
    body = f"<!DOCTYPE html><p>{key}</p>".ljust(2038, "x") + key
    coingecko.fail(MARKETS, fault, body=body, status=401 if fault == "unauthorized" else 503)
    ended = good("fetch", "-v", "--log-format", form)
    assert ended.code == code
    assert "request" in ended.err
    beginning = key[:10]
    assert beginning not in ended.out + ended.err
    assert holders(good.path, beginning) == []
    good.must_have_lost_nothing()
    # It was sent, in its header and nowhere else.
    assert {one["headers"]["x-cg-demo-api-key"] for one in coingecko.requests} == {key}
    assert all(key not in json.dumps([one["path"], one["query"]]) for one in coingecko.requests)


def test_secrets_are_nowhere_after_a_good_run(good: Home, coingecko: CoinGecko) -> None:
    beginning = coingecko.demo_key[:10]
    ended = good("run", "--no-report", "-v", "--json")
    assert ended.code == 0
    assert beginning not in ended.out + ended.err
    assert len([line for line in ended.log if line["event"] == "request"]) == 13
    published = good.path / "warehouse" / "warehouse-000002.duckdb"
    assert beginning.encode() not in published.read_bytes()
    assert (holders(good.path, beginning), tables_with(published, beginning)) == ([], [])
    # What is looked with does find what is there.
    assert "raw.coingecko__market" in tables_with(published, "render-token")
    assert len(holders(good.path, "render-token")) > 3


def test_secrets_are_nowhere_after_a_fault_of_the_program(
    good: Home, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*arguments: object, **others: object) -> None:
        raise RuntimeError(f"asked with {arguments}")

    monkeypatch.setattr("pipeline.wire.Wire.get", breaks)
    ended = good("fetch", "-v")
    assert ended.code == 1
    assert "asked with" in ended.message
    assert "'x-cg-demo-api-key': '***'" in ended.message
    assert coingecko.demo_key not in ended.out + ended.err
    good.must_be_unchanged()

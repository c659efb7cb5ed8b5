"""The page of ``capbrief serve``: what it shows, and that it gives nothing else away."""

from __future__ import annotations

import http.client
import re
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest

from pipeline.configuration import resolve
from pipeline.errors import StorageError, UsageError
from pipeline.job import Job
from pipeline.serve import Server

if TYPE_CHECKING:
    from collections.abc import Iterator


def job_of(home: Path) -> Job:
    return Job(
        run_id="test",
        settings=resolve(home, {}, Path("/")),
        log=lambda *_, **__: None,
        clock=lambda: datetime(2026, 11, 29, tzinfo=UTC),
        version="test",
    )


@contextmanager
def served(home: Path, host: str = "127.0.0.1") -> Iterator[Server]:
    with Server(job_of(home), host, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def server(built: Path) -> Iterator[Server]:
    with served(built) as server:
        yield server


def asked(
    server: Server,
    target: str,
    *,
    method: str = "GET",
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str, http.client.HTTPMessage]:
    host, port = server.server_address[:2]
    connection = http.client.HTTPConnection(str(host), port, timeout=60)
    given = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    connection.request(method, target, body, {**given, **(headers or {})})
    answer = connection.getresponse()
    content = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, content, answer.headers


def query(server: Server, text: str, **more: str) -> tuple[int, str, http.client.HTTPMessage]:
    token = re.search(r'name="token" value="([^"]+)"', asked(server, "/sql")[1])
    assert token is not None
    form = urlencode({"query": text, "token": token[1], **more})
    return asked(server, "/sql", method="POST", body=form)


def test_the_overview_tells_what_is_published_and_how_runs_ended(server: Server) -> None:
    status, page, headers = asked(server, "/")
    assert status == 200
    assert "2024-04-03" in page
    assert "The last runs" in page
    assert "script" not in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_reports_are_listed_and_given_as_they_lie_there(server: Server, built: Path) -> None:
    listed = asked(server, "/reports")[1]
    links = re.findall(r'href="(/reports/[^"]+)"', listed)
    assert links
    for link in links:
        status, content, headers = asked(server, link)
        assert status == 200
        path = built / "reports" / link.removeprefix("/reports/")
        assert len(content) <= path.stat().st_size
        assert int(headers["Content-Length"]) == path.stat().st_size


def test_a_query_is_answered_as_a_table_and_as_csv(server: Server) -> None:
    text = "select coin_id, price_date from marts.token_day order by all limit 2"
    status, page, _ = query(server, text)
    assert status == 200
    assert "2 rows" in page
    assert text in unescape(page)
    _, content, headers = query(server, text, csv="yes")
    assert content.splitlines()[0] == "coin_id,price_date"
    assert len(content.splitlines()) == 3
    assert "attachment" in headers["Content-Disposition"]


def test_many_rows_are_cut_on_the_page_and_whole_in_the_file(server: Server) -> None:
    text = "select range as n from range(1500)"
    page = query(server, text)[1]
    assert "1500 rows, of which the first 1000 are shown" in page
    assert page.count("<tr><td") == 1000
    assert len(query(server, text, csv="yes")[1].splitlines()) == 1501


def test_names_of_the_data_are_text(server: Server) -> None:
    page = query(server, "select '<script>alert(1)</script>' as \"<b>\"")[1]
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "text",
    [
        "select * from read_csv('/etc/passwd')",
        "copy (select 1) to '/tmp/x.csv'",
        "attach '/tmp/x.duckdb'",
        "select 1; select 2",
        "",
        "\x00",
    ],
)
def test_what_the_sandbox_refuses_is_said_on_the_page(server: Server, text: str) -> None:
    status, page, _ = query(server, text)
    assert status == 200
    assert 'class="refused"' in page
    assert "root:x:" not in page


def test_every_example_can_be_loaded_and_asked(server: Server) -> None:
    names = re.findall(r'href="/sql\?example=([^"]+)"', asked(server, "/sql")[1])
    assert names
    loaded = asked(server, f"/sql?example={names[0]}")[1]
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", loaded, re.DOTALL)
    assert text is not None
    assert " rows" in query(server, unescape(text[1]))[1]
    assert asked(server, "/sql?example=none")[0] == 404


@pytest.mark.parametrize(
    "target",
    [
        "/reports/../state/ledger.sqlite",
        "/reports/" + quote("../state", safe="") + "/ledger.sqlite",
        "/reports/..",
        "/reports/x/" + quote("../../state/ledger.sqlite", safe=""),
        "/state/ledger.sqlite",
        "/reports/%00/x",
        "//etc/passwd",
        "/reports/.hidden/x.html",
    ],
)
def test_nothing_else_is_given(server: Server, target: str) -> None:
    status, content, _ = asked(server, target)
    assert status == 404
    assert "SQLite" not in content


def test_links_out_of_the_folder_are_not_followed(built: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "reports" / "a_2024-04-03").mkdir(parents=True)
    (tmp_path / "secret.html").write_text("canary")
    (home / "reports" / "a_2024-04-03" / "x.html").symlink_to(tmp_path / "secret.html")
    (home / "reports" / "b_2024-04-03").symlink_to(tmp_path)
    with served(home) as server:
        for target in ("/reports/a_2024-04-03/x.html", "/reports/b_2024-04-03/secret.html"):
            status, content, _ = asked(server, target)
            assert status == 404
            assert "canary" not in content
        assert "x.html" not in asked(server, "/reports")[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_pages_of_the_web_are_turned_away(server: Server, headers: dict[str, str]) -> None:
    assert asked(server, "/", headers=headers)[0] == 403
    assert asked(server, "/sql", method="POST", body="query=select+1", headers=headers)[0] == 403


def test_a_form_of_another_start_is_not_taken(server: Server) -> None:
    assert asked(server, "/sql", method="POST", body="query=select+1&token=x")[0] == 403
    assert asked(server, "/other", method="POST", body="query=select+1")[0] == 404


def test_only_bounded_questions_are_taken(server: Server) -> None:
    headers = {"Content-Length": "1000001"}
    assert asked(server, "/sql", method="POST", body="", headers=headers)[0] == 413
    assert asked(server, "/", method="PUT", body="x")[0] == 501
    assert asked(server, "/", method="HEAD")[1] == ""


def test_a_home_without_anything_says_what_to_do(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        status, page, _ = asked(server, "/")
        assert status == 404
        assert "capbrief" in page
        assert "No report was built yet" in asked(server, "/reports")[1]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "localhost.example", ""])
def test_it_listens_on_this_machine_alone(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError, match="is not of this machine alone"):
        Server(job_of(tmp_path), host, 0)


def test_a_port_that_is_taken_is_named(server: Server, tmp_path: Path) -> None:
    port = server.server_address[1]
    with pytest.raises(StorageError, match=f"port {port}: cannot be listened on"):
        Server(job_of(tmp_path), "127.0.0.1", port)


def test_it_answers_by_the_address_that_it_is_told_to_listen_on(tmp_path: Path) -> None:
    with served(tmp_path, "127.0.0.2") as server:
        assert asked(server, "/reports")[0] == 200
        assert asked(server, "/reports", headers={"Host": "127.0.0.3"})[0] == 403


def test_what_is_no_question_is_answered_too(server: Server) -> None:
    form = urlencode([(f"field{number}", "x") for number in range(11)])
    assert asked(server, "/sql", method="POST", body=form)[:2] == (400, "too many fields\n")
    with socket.create_connection(("127.0.0.1", server.server_address[1])) as opened:
        opened.sendall(b"GET http://[x/ HTTP/1.0\r\n\r\n")
        assert opened.makefile("rb").readline().split()[1] == b"400"

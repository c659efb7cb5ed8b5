"""F81: a secret of every kind is planted, all is done that can be done, and none is seen anywhere.

What single answers and refusals leave behind: test_http_trust.py, tests/door/test_keys.py.
"""

from __future__ import annotations

import base64
import os
import pwd
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline import configuration, extract
from pipeline.secret import Secret
from tests import post  # noqa: TID251 - its servers
from tests.faults import canary  # noqa: TID251 - where to plant and to look
from tests.faults.canary import Mirror  # noqa: TID251 - for its type
from tests.test_network_sources import Net  # noqa: TID251 - its loopback hosts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import CoinGecko, Ended  # noqa: TID251 - for their types only
    from tests.faults.conftest import Home  # noqa: TID251 - for its type only
    from tests.post import Receiver  # noqa: TID251 - for its type only

REPORT = """
title = "Small"
finding = "A finding."
dateline = "Report of {build.report_date:date} · daily data to {market.last_date:date}"

[[section]]
id = "one"
title = "Key findings"
lead = "A lead."
"""
HISTORY = b"""Date,Open,High,Low,Close,Volume
2024-02-14,176.20,179.32,175.02,178.70,54302100
2024-02-15,178.00,180.33,175.50,176.76,53303800
"""


@pytest.fixture
def stooq(good: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Net]:
    """A loopback host that takes its key in the address."""
    made = Net({"stooq": {}})
    made.spoiled["stooq"] = (200, {"Content-Type": "text/csv"}, HISTORY)
    monkeypatch.setenv("CAPBRIEF_SOURCES", "stooq")
    monkeypatch.setenv("CAPBRIEF_STOOQ__URL", f"{made.url('stooq')}/")
    # Its pace is tested where paces are; here a minute has no length.
    quick = [
        (replace(publisher, calls_per_minute=1e6), documents, entities)
        for publisher, documents, entities in extract.PUBLISHERS
    ]
    monkeypatch.setattr(extract, "PUBLISHERS", quick)
    yield made
    made.close()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """A mail server that shows a password to whoever gives it one."""
    made = Mirror()
    with post.mail_server(made, needs_login=True):
        yield made


@pytest.fixture
def home(
    good: Home,
    coingecko: CoinGecko,
    stooq: Net,
    receiver: Receiver,
    mirror: Mirror,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    """The good home with all secrets planted, and a report that is made in a second."""
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    given = canary.planted(coingecko.demo_key, folder, web=receiver.url, mail_port=mirror.port)
    for name, text in given.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setattr("pipeline.deliver.delivery._PAUSE_SECONDS", 0.001)
    own = tmp_path / "own"
    (own / "reports").mkdir(parents=True)
    (own / "reports" / "small.toml").write_text(REPORT)
    (own / "universes").symlink_to(good.own / "universes")
    monkeypatch.setenv("CAPBRIEF_REPORT__NAMES", "small")
    good.own = own
    return good


@pytest.fixture
def secrets(home: Home) -> list[bytes]:
    return canary.needles(configuration.resolve(home.path, os.environ, Path("/")))


def test_f81_every_secret_that_settings_know_is_planted(home: Home) -> None:
    found = configuration.resolve(home.path, os.environ, Path("/"))
    places = dict(canary.places(found))
    fields = {place: re.sub(r"^deliver\.\w+", "deliver.", place) for place in places}
    assert {"coingecko.key", "web.stooq.key", "deliver..url"} <= set(fields.values())
    planted = {place: value for place, value in places.items() if isinstance(value, Secret)}
    assert {fields[place] for place in planted} == set(fields.values())
    # And each is one that the log hides.
    assert set(planted.values()) == set(found.secrets)


ASKED = (
    ["status"],
    ["status", "--json"],
    ["check", "--payloads", "-v"],
    ["sources"],
    ["sources", "--json"],
    ["universe"],
    ["events"],
    ["estimate"],
    ["scenario", "list"],
    ["fetch", "--dry-run"],
    ["version", "--json"],
    ["sql", "select * from marts.source"],
    ["sql", "select * from marts.run", "--csv"],
    ["sql", "select getenv('CAPBRIEF_COINGECKO__KEY')"],
    ["sql", "select wrong"],
    ["report", "list"],
    ["report", "check", "small"],
    ["report", "build", "none"],
)


def test_f81_no_secret_is_anywhere_after_all_that_can_be_done(
    home: Home,
    secrets: list[bytes],
    stooq: Net,
    coingecko: CoinGecko,
    mirror: Mirror,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mirror.is_open = True
    said: dict[str, bytes] = {}
    out = tmp_path / "out"

    def do(what: str, *arguments: str) -> Ended:
        ended = home(*arguments)
        said[f"{what}: {' '.join(arguments)}"] = f"{ended.out}\n{ended.err}".encode()
        return ended

    key, other = coingecko.demo_key, canary.CANARIES["stooq"]
    page = {"Content-Type": "text/html"}
    for fault, spoiled, code in (
        ("unauthorized", (401, {}, f'{{"bad key": "{other}"}}'.encode()), 4),
        ("status", (500, {}, other.encode()), 6),
        ("refuse", (403, page, f"<p>{other}".encode()), 6),
        ("echo_key", (200, {}, f'["{other}"]'.encode()), 6),
        ("redirect", (302, {"Location": f"https://other.example/?apikey={other}"}, b""), 6),
        ("html200", (200, page, f"<p>apikey {other}</p>".encode()), 6),
    ):
        coingecko.fail("/", fault, body=f"<!DOCTYPE html>{key}", status=401 if code == 4 else 503)
        stooq.spoiled["stooq"] = spoiled
        for form in ("human", "json"):
            assert do(fault, "fetch", "-v", "--log-format", form).code == code
        coingecko.reset()
        coingecko.set(now="2026-11-23T01:10:00+00:00")
    with monkeypatch.context() as elsewhere:
        # A host without TLS, and none at all.
        port = coingecko.url.split(":")[2].split("/")[0]
        for url in (f"https://127.0.0.1:{port}/api/v3", "http://127.0.0.1:1/api/v3"):
            elsewhere.setenv("CAPBRIEF_COINGECKO__URL", url)
            elsewhere.setenv("CAPBRIEF_STOOQ__URL", url)
            assert do(url, "fetch", "-v", "--log-format", "human").code == 6
    with monkeypatch.context() as torn:
        torn.setattr("pipeline.wire.Wire.get", breaks)
        for form in ("human", "json"):
            assert do("bug", "fetch", "--log-format", form).code == 1
            assert b"asked with" in [*said.values()][-1]
    stooq.spoiled["stooq"] = (200, {"Content-Type": "text/csv"}, HISTORY)
    assert do("good", "run", "-v", "--json").code in (0, 3)
    assert do("backfill", "backfill", "--from", "2026-11-01", "--to", "2026-11-02", "-v").code == 0
    for arguments in ASKED:
        do("asked", *arguments)
    for form in ("csv", "xlsx", "parquet", "sqlite"):
        at = str(out / form)
        assert do("export", "export", "--format", form, "--out", at, "--layers", "marts").code == 0
    assert do("docs", "docs", "--out", str(out)).code == 0
    assert do("report", "report", "build", "--out", str(out)).code == 0

    kept = dict([*canary.contents(home.path), *canary.contents(out)])
    assert canary.leaks(said, secrets) == []
    assert canary.leaks(kept, secrets) == []
    # They were shown to whom they are for: the one in its header, the other in the address.
    assert key in {one["headers"].get("x-cg-demo-api-key") for one in coingecko.requests}
    assert any("stooq/" in one for one in stooq.asked)
    # What is looked with does find what is there.
    data, words = (endings(canary.leaks(kept, [word])) for word in (b"bitcoin", b"Small"))
    assert {".duckdb", ".csv", ".xlsx", ".parquet", ".sqlite", "unpacked"} <= data
    assert {".html", ".pdf"} <= words


def endings(places: list[str]) -> set[str]:
    """The kinds of files that places are in, and how they were packed."""
    return {Path(place.split(" ")[0]).suffix for place in places} | {
        place.rpartition(" ")[2] for place in places
    }


def breaks(*arguments: object, **others: object) -> None:
    raise RuntimeError(f"asked with {arguments} {others}")


SHOWN = (
    ["deliver", "list"],
    ["deliver", "list", "--json"],
    ["status", "--json"],
    ["config", "show"],
    ["config", "show", "--json"],
    ["config", "validate", "--json"],
    ["config", "path", "--json"],
    ["config", "generate", "--json"],
    ["doctor", "--online", "--json"],
    ["doctor", "--online", "--payloads", "-v"],
    ["schedule", "systemd"],
    ["schedule", "cron", "--json"],
    ["schedule", "launchd"],
)


def test_f81_no_secret_is_in_what_people_are_told_or_in_what_it_comes_from(
    home: Home,
    secrets: list[bytes],
    coingecko: CoinGecko,
    receiver: Receiver,
    mirror: Mirror,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: dict[str, bytes] = {}
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setenv("CAPBRIEF_MONITOR__TEXTFILE", str(out / "capbrief.prom"))

    def do(what: str, *arguments: str) -> Ended:
        ended = home(*arguments)
        said[f"{what}: {' '.join(arguments)}"] = f"{ended.out}\n{ended.err}".encode()
        return ended

    # Runs that fail with a key in what the source says, and nobody can be told.
    coingecko.fail("/", "unauthorized", body=f"<p>{coingecko.demo_key}", status=401)
    for fault, answer in canary.WEB_FAULTS.items():
        receiver.answers = [answer] * 100
        assert do(fault, "run", "-v", "--log-format", "human").code == 4
        assert do(fault, "deliver", "flush", "-v").code == 9
        assert do(fault, "deliver", "test").code == 9
    with monkeypatch.context() as torn:
        for name in ("pipeline.wire.Wire.post", "smtplib.SMTP.login"):
            torn.setattr(name, breaks)
            for form in ("human", "json"):
                assert do(name, "deliver", "test", "--log-format", form).code == 1
                assert b"asked with" in [*said.values()][-1]
    for arguments in SHOWN:
        do("waiting", *arguments)
    waiting = dict(canary.contents(home.path))
    assert any(b"refuses the login" in text for text in waiting.values())

    # All are well again, and are told what waits.
    receiver.answers = []
    mirror.is_open = True
    mirror.answers = [f"550 {canary.CANARIES['mail']}", f"451 {canary.CANARIES['mail']}"]
    do("refused", "deliver", "flush", "-v")
    assert do("well", "deliver", "flush", "-v").code == 0
    assert do("well", "deliver", "test", "--json").code == 0
    coingecko.reset()
    coingecko.set(now="2026-11-23T01:10:00+00:00")
    assert do("well", "run", "-v").code == 0
    for arguments in SHOWN:
        do("well", *arguments)
    assert do("backup", "backup", str(out / "backup.tar.zst")).code == 0
    told = {f"mail {number}": mail.as_bytes() for number, (_, mail) in enumerate(mirror.taken)}
    # The address is the secret, and each host is shown its own alone.
    told |= {
        f"post {number} to {one.path}": f"{one.headers}".encode() + one.body
        for number, one in enumerate(receiver.posted)
    }
    kept = dict([*canary.contents(home.path), *canary.contents(out)])
    for found in (said, waiting, told, kept):
        assert canary.leaks(found, secrets) == []
    # What was looked through is what it is to be.
    assert {"mail", "post"} == {place.split()[0] for place in told}
    subject = re.escape(b"capbrief failed: ")
    assert any(re.search(subject, text) for text in told.values())
    assert {login[1] for login in mirror.logins} == {canary.CANARIES["mail"]}
    assert "v1," in {one.headers.get("webhook-signature", "")[:3] for one in receiver.posted}
    assert b"capbrief_last_exit_code 0" in kept["capbrief.prom"]
    assert b"ledger.sqlite" in kept["backup.tar.zst unpacked"]
    assert b"a schedule writes no secret down" in said["well: schedule systemd"]


def test_f81_a_schedule_names_the_files_of_secrets_alone(
    home: Home, secrets: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*os.environ]:
        if re.fullmatch("CAPBRIEF_(.*__KEY|DELIVER.*__URL|MONITOR__PING_URL)", name):
            file = tmp_path / name.lower()
            file.write_text(os.environ[name])
            file.chmod(0o600)
            monkeypatch.delenv(name)
            monkeypatch.setenv(f"{name}_FILE", str(file))
    as_us = ["systemd", "--system", "--run-as", pwd.getpwuid(os.geteuid()).pw_name]
    for arguments in (as_us, ["systemd", "--user"], ["cron"], ["launchd"]):
        for form in ([], ["--json"]):
            ended = home("schedule", *arguments, *form)
            shown = ended.out + ended.err
            # So many files are more than fits into a line of cron.
            assert str(tmp_path) in ended.out or "cron takes 998" in ended.err
            assert canary.leaks({"x": shown.encode()}, secrets) == []


def test_f81_needles_are_found_however_they_are_written(secrets: list[bytes]) -> None:
    text = canary.CANARIES["stooq"]
    for shown in (text, "canary%2Bstooq%2F7Qx", "canary%2bstooq%2f7qx"):
        assert canary.leaks({"x": f"?apikey={shown}&s=1".encode()}, secrets) == ["x"]
    assert canary.leaks({"x": base64.b64encode(text.encode())}, secrets) == ["x"]


# --- Processes --------------------------------------------------------------------------------

ENDLESS = "{% if medium == 'print' %}{% for _ in range(10 ** 15) %}{% endfor %}{% endif %}"
FOREVER = "select count(*) from range(1000000) a, range(1000000) b where a.range + b.range = 7"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("work", ["layout", "query"])
def test_f81_processes_that_are_started_are_given_no_secret(
    home: Home, secrets: list[bytes], work: str, tmp_path: Path
) -> None:
    (home.own / "templates" / "sections").mkdir(parents=True)
    (home.own / "templates" / "sections" / "fault.html.jinja").write_text(ENDLESS)
    (home.own / "reports" / "small.toml").write_text(f'{REPORT}template = "fault"\n')
    command = {
        "layout": ["report", "build", "--out", str(tmp_path / "out")],
        "query": ["sql", FOREVER],
    }[work]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "pipeline", *command),
            *("--home", str(home.path), "--overlay", str(home.own)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while len(found := group(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        found = group(process.pid)
        children = [path for path in found if path.name != str(process.pid)]
        assert children
        given = {f"{path}/environ": (path / "environ").read_bytes() for path in children}
        shown = {f"{path}/cmdline": (path / "cmdline").read_bytes() for path in found}
        # The one that was given them has them; this is what they would look like.
        own = {"own": Path(f"/proc/{process.pid}/environ").read_bytes()}
        assert canary.leaks(own, secrets) == ["own"]
        assert all(b"PATH=" in text for text in given.values())
        assert canary.leaks(given | shown, secrets) == []
        assert [path for path, text in given.items() if b"CREDENTIALS_DIRECTORY" in text] == []
        for path in found:
            limits = (path / "limits").read_text()
            assert "Max core file size        0 " in limits
    finally:
        process.kill()
        process.communicate()


def group(leader: int) -> list[Path]:
    """Processes of a group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            state, _, of = (path / "stat").read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of) == leader and state not in "ZX":
            found.append(path)
    return found

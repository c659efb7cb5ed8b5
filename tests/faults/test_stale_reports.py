"""F72: reports from stale data, and which report is the latest one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import CoinGecko, Command, Ended  # noqa: TID251 - for their types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for their types only

SMALL = """
title = "Small"
finding = "A finding."
dateline = "Report of {build.report_date:date}"

[[section]]
id = "one"
title = "Key findings"
lead = "A lead."
"""
WRONG = SMALL.replace("A lead.", "{build.nothing:text}")


@pytest.fixture
def home(good: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The good home, which reports in a second; its data are of 2026-11-22 01:10 UTC."""
    own = tmp_path / "own"
    shutil.copytree(good.own, own)
    (own / "reports").mkdir()
    (own / "reports" / "small.toml").write_text(SMALL)
    monkeypatch.setenv("CAPBRIEF_REPORT__NAMES", "small")
    good.own = own
    return good


def latest(home: Home) -> str:
    """Where the link of the latest report leads to."""
    link = home.path / "reports" / "small_latest"
    return str(link.readlink()) if link.is_symlink() else ""


def cover(home: Home, day: str, suffix: str = "") -> str:
    page = home.path / "reports" / f"small_{day}" / f"small{suffix}.html"
    return page.read_text().partition("Key findings")[0]


def test_f72_a_report_of_fresh_data_is_the_latest(home: Home) -> None:
    ended = home("report", "build")
    assert (ended.code, ended.message) == (0, "")
    assert latest(home) == "small_2026-11-22"
    assert (home.path / "reports" / "small_latest" / "small.pdf").read_bytes()[:5] == b"%PDF-"
    assert "stale data" not in cover(home, "2026-11-22")


def test_f72_a_report_of_stale_data_says_so_ends_with_7_and_is_not_the_latest(
    home: Home, clock: Clock
) -> None:
    assert home("report", "build").code == 0
    (home.path / "reports" / "small_latest").unlink()
    (home.path / "reports" / "small_latest").symlink_to("small_2026-11-20")
    clock.at("2026-11-25T02:10:00+00:00")  # 73 hours after the good run
    ended = home("report", "build", "--locale", "en,de")
    assert ended.code == 7
    assert ended.message == (
        "coingecko: gave something last on 2026-11-22 01:10Z, 73 hours ago; run 'capbrief run', "
        "and look why no run did. The cover says so, and the latest report stays the one before"
    )
    assert [Path(line).name for line in ended.out.split()] == [
        *("small.html", "small.pdf", "small.de.html", "small.de.pdf")
    ]
    said = "Built from stale data: coingecko was last had on 22\N{NO-BREAK SPACE}November 2026."
    assert said in cover(home, "2026-11-22")
    assert "Aus veralteten Daten: coingecko kam zuletzt am" in cover(home, "2026-11-22", ".de")
    assert latest(home) == "small_2026-11-20"
    home.must_have_lost_nothing()
    # What was asked for by its day or knowledge is as old as it is.
    for chosen in (["--date", "2026-11-21"], ["--as-of", "2026-11-22T12:00"]):
        asked = home("report", "build", *chosen)
        assert (asked.code, asked.message) == (0, "")
    assert latest(home) == "small_2026-11-20"


def test_f72_a_run_that_cannot_have_the_source_keeps_report_and_latest(
    home: Home, coingecko: CoinGecko, clock: Clock
) -> None:
    assert home("report", "build").code == 0
    before = cover(home, "2026-11-22")
    clock.at("2026-11-25T02:10:00+00:00")
    coingecko.fail("/", "refuse")
    ended = home("run")
    assert (ended.code, ended.out) == (6, "")
    assert (latest(home), cover(home, "2026-11-22")) == ("small_2026-11-22", before)
    home.must_have_lost_nothing()


def test_f72_a_run_leads_to_the_newest_day_and_an_older_one_not_back(
    home: Home, clock: Clock
) -> None:
    assert home("report", "build").code == 0
    assert home("run").code == 0
    assert latest(home) == "small_2026-11-23"
    for chosen in (["--date", "2026-11-22"], ["--as-of", "2026-11-22T12:00"]):
        assert home("report", "build", *chosen).code == 0
    assert home("build", "--date", "2026-11-22").code == 0
    assert home("report", "build").code == 0  # of what is published, which is of an older day
    assert latest(home) == "small_2026-11-23"


def built(home: Home, out: Path | None = None, *names: str) -> Ended:
    return home("report", "build", *names, *(["--out", str(out)] if out else []))


def test_f72_what_is_not_whole_or_lies_elsewhere_is_not_the_latest(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert built(home, tmp_path / "out").code == 0
    assert latest(home) == ""
    (home.own / "reports" / "wrong.toml").write_text(WRONG)
    assert built(home, None, "wrong", "small").code == 2
    assert latest(home) == "small_2026-11-22"
    assert not (home.path / "reports" / "wrong_latest").is_symlink()
    (home.path / "reports" / "small_latest").unlink()
    monkeypatch.setenv("CAPBRIEF_REPORT__PDF_SECONDS", "0.001")
    assert built(home).code == 3
    assert latest(home) == ""


@pytest.mark.parametrize("target", ["{elsewhere}", "zzz", "small_2999-01-01", "../.."])
def test_f57_a_planted_latest_is_replaced_and_not_followed(
    home: Home, tmp_path: Path, target: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = home.path / "reports" / "small_latest"
    link.symlink_to(target.format(elsewhere=elsewhere))
    assert home("report", "build").code == 0
    assert latest(home) == "small_2026-11-22"
    assert list(elsewhere.iterdir()) == []


def test_f57_what_has_the_name_of_the_latest_is_left_alone(home: Home) -> None:
    place = home.path / "reports" / "small_latest"
    place.mkdir()
    ended = home("report", "build")
    assert ended.code == 8
    assert ended.message == (
        f"{place}: cannot lead to small_2026-11-22 (something else has that name); the report is "
        "there, move away what has its name"
    )
    assert len(ended.out.split()) == 2
    assert [path.name for path in place.parent.glob(".*")] == []


def test_f72_the_edition_has_no_source_that_could_be_stale(fresh: Command) -> None:
    ended = fresh("report", "build", "market-capacity")
    assert (ended.code, ended.message) == (0, "")
    assert (fresh.home / "reports" / "market-capacity_latest").readlink() == Path(
        "market-capacity_2024-04-03"
    )

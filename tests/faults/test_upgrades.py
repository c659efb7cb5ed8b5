"""F82 and F66: another release of a dependency that changes numbers is seen, and none slips in.

The figures are set against closed forms of what was published, not against what came out before.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Command  # noqa: TID251 - for its type only

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))

# What was published: minutes of video a day by AI, minutes an H100 makes in an hour (rounded), the
# factor of the peak, FLOP of a minute of video, dense BF16 FLOP/s, and FLOP of the training.
DAY, EVERY_HOUR, PEAK = 10.7e6, 5.0, 2.0**3
PER_MINUTE, PER_SECOND = 7.08e17, 989.4e12
TRAINING = 1e21 * 30 * 90
TIKTOK, YOUTUBE = 0.5 * 17e6, 0.15 * 43e6
MINUTES = PER_SECOND * 3600 / PER_MINUTE
MONTH = PER_SECOND * 86_400 * 30

GOLDEN = {
    "gpus_base": DAY / EVERY_HOUR / 24,
    "gpus_peak": DAY / EVERY_HOUR / 24 * PEAK,
    "gpus_base_stated_shares": (TIKTOK + YOUTUBE) / EVERY_HOUR / 24,
    "gpus_peak_stated_shares": (TIKTOK + YOUTUBE) / EVERY_HOUR / 24 * PEAK,
    "gpus_peak_mac_counted": DAY / (MINUTES / 2) / 24 * PEAK,
    "minutes_per_gpu_hour": MINUTES,
    "minutes_per_gpu_hour_mac_counted": MINUTES / 2,
    "youtube_ai_share_implied": (DAY - TIKTOK) / 43e6,
    "h100_months_low": TRAINING * 4 / MONTH,
    "h100_months_high": TRAINING * 10 / MONTH,
    "h100_months_mac_low": 2 * TRAINING * 4 / MONTH,
    "h100_months_mac_high": 2 * TRAINING * 10 / MONTH,
    "breakeven_minutes_low": TRAINING * 4 / PER_MINUTE,
    "breakeven_minutes_high": TRAINING * 10 / PER_MINUTE,
    "breakeven_days_low": TRAINING * 4 / PER_MINUTE / (2 * DAY),
    "breakeven_days_high": TRAINING * 10 / PER_MINUTE / (2 * DAY),
}
CLAIMS = {
    "chips-worth-the-category": (720_000 * 30_000, 1e-9),
    "gaming-cards-far-weaker": (165.2 / 989.4, 1e-9),  # RTX 4090 over H100, dense BF16
    "ai-tokens-25bn": (25e9, 0.03),  # rounded by who published it
    "amd-from-2-to-175": (178.70, 1e-9),  # AMD's close of 2024-02-14
    "minutes-per-gpu-hour": (MINUTES, 1e-9),
}


def answer(command: Command, query: str) -> list[dict[str, Any]]:
    ended = command("sql", query, "--json")
    assert ended.code == 0, ended.message
    found: list[dict[str, Any]] = json.loads(ended.out)
    return found


def test_f82_the_published_chain_comes_out(run: Command) -> None:
    (row,) = answer(run, "from estimates.published_chain where scenario_id = 'factorial-2024'")
    assert {name: row[name] for name in GOLDEN} == pytest.approx(GOLDEN, rel=1e-9)
    # As they stood in print.
    for name, printed in (("gpus_base", 89_000), ("gpus_peak", 720_000)):
        assert GOLDEN[name] == pytest.approx(printed, rel=0.01)


def test_f82_claims_of_the_edition_come_out(run: Command) -> None:
    rows = answer(run, "select claim_id, recomputed from estimates.claim")
    found = {row["claim_id"]: row["recomputed"] for row in rows}
    assert [
        name
        for name, (value, tolerance) in CLAIMS.items()
        if found[name] != pytest.approx(value, rel=tolerance)
    ] == []


def test_f82_a_report_says_by_which_version_it_was_made(run: Command) -> None:
    said = json.loads(run("version", "--json").out)
    engines = {"duckdb", "polars", "numpy", "weasyprint", "vl-convert-python"}
    assert set(said) == engines | {"capbrief"}
    (page,) = (run.home / "reports").glob("market-capacity_2*/market-capacity.html")
    text = page.read_text()
    assert f"Made with capbrief {said['capbrief']}." in text
    line = text.partition("Computed and drawn with ")[2].partition("</p>")[0]
    assert [name for name in engines if said[name] not in line] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_f82_every_entry_of_a_lock_has_a_version_and_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = re.split(r"\n(?=\S)", "\n".join(lines).strip())
    assert len(entries) > 10
    assert [one for one in entries if not re.match(r"[a-z0-9-]+==\d\S*", one)] == []
    assert [one for one in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", one)] == []
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


def test_f82_the_locks_that_are_asked_are_there() -> None:
    names = {lock.name for lock in LOCKS}
    assert {"requirements.lock", "requirements-test.lock"} <= names


def test_f66_a_seed_gives_the_same_draws_in_another_process_and_says_how_many() -> None:
    command = [sys.executable, "-m", "pipeline", "scenario", "run", "base", "--json"]
    one, two = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )
    assert one == two
    said = json.loads(one)
    assert said["seed"] == 20240215
    assert said["draws"] >= 1024
    # The promise of a tolerance, and the error of each percentile that is printed.
    assert 0 < said["largest_error"] <= 0.005
    assert all(row["standard_error"] is not None for row in said["rows"])

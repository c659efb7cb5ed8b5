"""The shipped rules of alerts: given rows in marts, what each of them finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import pytest

from pipeline import alert_rules, alerting, resources
from pipeline.alert import Alert
from pipeline.job import Job
from pipeline.warehouse import Warehouse

Fill = Callable[[Mapping[str, str]], None]
Find = Callable[[str], Alert]

NOW = {
    "marts.build": "report_date\n2026-11-20",
    "marts.run": "run_id | started_at\nr | 2026-11-20 12:00",
}
SECTOR = {**NOW, "marts.brief_universe": "universe_id | last_date\nai-sector | 2026-11-19"}


class OverTables(Warehouse):
    """A warehouse over a connection that is there already."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection


@pytest.fixture
def find(edition_job: Job, bench: Any) -> Find:
    def find(alert_id: str) -> Alert:
        rules = alert_rules.load([resources.ALERTS]).rules
        (rule,) = [one for one in rules if one.alert_id == alert_id]
        (found,) = alerting.asked(edition_job, OverTables(bench.connection), [rule])
        assert not found.fault
        return found

    return find


def test_none_of_them_is_a_fault_on_tables_without_rows(
    edition_job: Job, fill: Fill, bench: Any
) -> None:
    fill(NOW)
    rules = alert_rules.load([resources.ALERTS]).rules
    found = alerting.asked(edition_job, OverTables(bench.connection), rules)
    assert [one.fault for one in found if one.fault] == []
    assert not [one for one in found if one.state == "firing"]


def test_the_edition_is_calm(edition_job: Job, edition: Warehouse) -> None:
    found = alerting.evaluate(edition_job, edition)
    assert [one.alert_id for one in found if one.state != "calm"] == []
    by_id = {one.alert_id: one for one in found}
    # 528.33 on 2024-03-26, 435.20 on 2024-03-19.
    assert by_id["index-week"].value == pytest.approx(0.2140, abs=1e-4)
    # The series end on 2024-03-26, eight days before the report.
    assert by_id["missing-days"].value == pytest.approx(7 / 30)


def test_the_index_against_a_week_before(fill: Fill, find: Find) -> None:
    fill(
        {
            **SECTOR,
            "marts.sector_index_day": """
                universe_id   | price_date | index_cap_weighted | base_date
                ai-sector     | 2026-11-11 | 500                | 2026-01-01
                ai-sector     | 2026-11-12 | 100                | 2026-11-12
                ai-sector     | 2026-11-18 | 101                | 2026-11-12
                ai-sector     | 2026-11-19 | 79                 | 2026-11-12
                ai-sector     | 2026-11-20 | 10                 | 2026-11-12
                compute-daily | 2026-11-19 | 300                | 2026-01-01
            """,
        }
    )
    found = find("index-week")
    assert (found.state, str(found.day)) == ("firing", "2026-11-19")
    assert found.value == pytest.approx(-0.21)


def test_an_index_that_began_anew_tells_no_change(fill: Fill, find: Find) -> None:
    fill(
        {
            **SECTOR,
            "marts.sector_index_day": """
                universe_id | price_date | index_cap_weighted | base_date
                ai-sector   | 2026-11-12 | 500                | 2026-01-01
                ai-sector   | 2026-11-18 | 100                | 2026-11-18
                ai-sector   | 2026-11-19 | 101                | 2026-11-18
            """,
        }
    )
    assert find("index-week").state == "unknown"


@pytest.mark.parametrize(("hhi", "state"), [("0.26", "firing"), ("0.25", "calm"), ("", "unknown")])
def test_concentration_on_the_last_day(fill: Fill, find: Find, hhi: str, state: str) -> None:
    fill(
        {
            **SECTOR,
            "marts.sector_breadth_day": f"""
                universe_id   | price_date | hhi
                ai-sector     | 2026-11-18 | 0.9
                ai-sector     | 2026-11-19 | {hhi}
                compute-daily | 2026-11-19 | 0.9
            """,
        }
    )
    assert find("concentration").state == state


@pytest.mark.parametrize(
    ("price", "state"), [("2.4", "firing"), ("2.2", "calm"), ("1.6", "firing")]
)
def test_the_rent_of_an_h100(fill: Fill, find: Find, price: str, state: str) -> None:
    fill(
        {
            **NOW,
            "marts.gpu_price_day": f"""
                offer_date | gpu_key               | pricing   | usd_per_gpu_hour_p50
                2026-10-20 | nvidia_h100_sxm5_80gb | on_demand | 2.0
                2026-11-19 | nvidia_h100_sxm5_80gb | on_demand | {price}
                2026-11-19 | nvidia_h100_sxm5_80gb | spot      | 9
                2026-11-19 | other                 | on_demand | 9
                2026-11-21 | nvidia_h100_sxm5_80gb | on_demand | 9
            """,
        }
    )
    assert find("h100-month").state == state


def test_the_network_that_is_leased_most(fill: Fill, find: Find) -> None:
    capacity = """
        network_id | fact_date  | source  | utilisation_pct
        akash      | 2026-11-18 | akash   | 99
        akash      | 2026-11-19 | akash   | 80
        io.net     | 2026-11-01 | ionet   | 91
        old        | 2026-10-01 | bundled | 100
        later      | 2026-11-21 | bundled | 100
        silent     | 2026-11-19 | bundled |
    """
    fill({**NOW, "marts.network_capacity_day": capacity})
    found = find("leased-share")
    assert (found.state, found.value) == ("firing", 0.91)
    assert found.text.startswith("io.net: 91% on 1\u00a0November 2026")


@pytest.mark.parametrize(
    ("seen", "state"), [("2026-11-18 12:00", "calm"), ("2026-11-18 11:00", "firing")]
)
def test_the_age_of_coingecko(bench: Any, fill: Fill, find: Find, seen: str, state: str) -> None:
    fill(
        {
            **NOW,
            "marts.source": f"""
                source    | entity | dataset | seen_at          | n_rows | n_rejected
                coingecko | market | a       | 2026-11-01 00:00 | 1      | 0
                coingecko | market | b       | {seen}           | 1      | 0
                akash     | x      | x       | 2026-11-01 00:00 | 1      | 0
            """,
        }
    )
    found = find("coingecko-age")
    assert (found.severity, found.state) == ("critical", state)


def test_the_days_that_are_missing(fill: Fill, find: Find) -> None:
    days = [*range(1, 5), *range(12, 20)]
    rows = [f"ai-sector | 2026-11-{day:02} | 1" for day in days]
    whole = ["ai-sector | 2026-09-01 | 1", "ai-sector | 2026-11-05 |", "other | 2026-11-06 | 1"]
    october = [f"ai-sector | 2026-10-{day} | 1" for day in range(21, 32)]
    text = "\n".join(["universe_id | price_date | member_sum_usd", *whole, *october, *rows])
    fill({**SECTOR, "marts.category_day": text})
    found = find("missing-days")
    assert found.state == "calm"
    assert found.value == pytest.approx(7 / 30)


def test_members_that_wait(fill: Fill, find: Find) -> None:
    fill(
        {
            **NOW,
            "marts.membership_day": """
                category_id | seen_date  | status
                ai          | 2026-11-18 | held
                ai          | 2026-11-19 | accepted
                depin       | 2026-11-18 | accepted
                depin       | 2026-11-19 | held
                later       | 2026-11-21 | held
            """,
        }
    )
    found = find("waiting-members")
    assert (found.state, found.text) == ("firing", "Found: 1, namely depin.")


def test_the_source_of_which_most_was_refused(fill: Fill, find: Find) -> None:
    fill(
        {
            **NOW,
            "marts.source": """
                source  | entity | dataset | n_rows | n_rejected
                bundled | a      | a       | 100    | 0
                akash   | a      | a       | 40     | 0
                akash   | b      | b       | 57     | 3
                empty   | a      | a       | 0      | 0
            """,
        }
    )
    found = find("refused-share")
    assert (found.state, found.value) == ("firing", 0.03)
    assert found.text.startswith("akash: 3.0%")

"""What a report says only where it holds: findings by rule, warnings, none as a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline import resources
from pipeline.report import assemble, definition_file
from pipeline.report.value import Report

Small = Callable[[str], Any]


def made(warehouse: Any) -> Report:
    defined = definition_file.load("market-capacity", [resources.REPORTS])
    return assemble.assemble(defined, warehouse, sql_folders=[resources.SQL])


def block(report: Report, key: str) -> Any:
    return next(
        each
        for section in report.sections
        for row in section.rows
        for each in row
        if getattr(each, "key", "") == key
    )


def test_where_none_is_a_result_it_is_said_alone(report: Report, changed_warehouse: Small) -> None:
    empty = block(report, "refused")
    assert (empty.is_sentence, empty.text) == (True, "None: every row fitted its declared schema.")
    refused = made(changed_warehouse("; insert into marts.quarantine values ('x', 'y', 'z: bad')"))
    cells = block(refused, "refused").table.rows[0].cells
    assert [cells[key].text for key in ("source", "field", "n")] == ["x", "z", "1"]


def test_a_finding_is_left_out_where_its_rule_does_not_hold(
    report: Report, changed_warehouse: Small
) -> None:
    # Alpha weighs over a half on the last day: 4 × 1.02^41 of 4 × 1.02^41 + 3 × 1.01^41 + 2.
    share = 4 * 1.02**41 / (4 * 1.02**41 + 3 * 1.01**41 + 2)
    lead = f"Alpha alone is {share:.0%} of the market cap."
    assert lead in [found.lead for found in report.findings]
    even = made(changed_warehouse("; update marts.sector_breadth_day set largest_share = 0.5"))
    assert len(even.findings) == len(report.findings) - 1
    assert lead not in [found.lead for found in even.findings]


def test_a_warning_says_what_is_stale_and_is_nothing_else(
    report: Report, changed_warehouse: Small
) -> None:
    assert report.warning == ""
    stale = made(
        changed_warehouse(
            "; insert into marts.outage values "
            "('net', 'a', '2024-04-02', '2024-04-01', 'down', null, true)"
        )
    )
    assert stale.warning == (
        "Stale data sets: 1, of net; the oldest was last had on 1\u00a0April 2024."
    )


def test_prices_of_compute_are_said_or_that_there_are_none(
    report: Report, changed_warehouse: Small
) -> None:
    section = next(each for each in report.sections if each.key == "compute-price")
    assert section.lead.text.startswith("Not enough data: no list price of an H100-hour")
    assert "(n = 0 prices of any accelerator)" in section.lead.text
    votes = ", ".join(
        f"('2024-04-02', 'nvidia_h100_sxm5_80gb', 'on_demand', '{name}', {usd}, false)"
        for name, usd in (("a", 1.5), ("b", 2.0), ("c", 4.0))
    )
    priced = made(
        changed_warehouse(
            f"; insert into marts.gpu_provider_price_day values {votes}; "
            "insert into marts.gpu_price_day values ('2024-04-02', 'nvidia_h100_sxm5_80gb', "
            "'on_demand', 3, 0, 1.5, 1.75, 2, 3, 4, 2)"
        )
    )
    section = next(each for each in priced.sections if each.key == "compute-price")
    assert "cost USD\u00a02.00 an hour in the median of 3 providers" in section.lead.text
    figure = block(priced, "compute-price-figure")
    assert figure.title == "An H100-hour on demand: USD\u00a01.75–3.00 for half of the providers"
    # Nothing is known of spot prices nor of a month before, and nothing is said of them.
    assert "spot" not in figure.note
    assert "Thirty days" not in figure.note
    tile = next(each for each in priced.kpis if each.label == "H100-hour on demand")
    assert tile.value == "2.00"

"""Charts of ends and small multiples: what stands where, held against closed forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from pipeline import resources
from pipeline.report import marks
from pipeline.report.language import Language
from tests.report.chart_rows import DAYS, ROWS, draw  # noqa: TID251 - its rows
from tests.report.conftest import SmallWarehouse  # noqa: TID251 - for its type only

_BAR = re.compile(r'd="M([\d.e-]+),([\d.e-]+)h([\d.e-]+)v[^"]*" fill="(#\w+)"')
_SHAPE = re.compile(
    r'<path transform="translate\(([\d.e-]+),([\d.e-]+)\)" d="([^"]+)" '
    r'fill="(#\w+)" stroke="(#\w+)"'
)


def bars(svg: str) -> list[tuple[float, float, float, str]]:
    """Left end, height, length and colour of every bar."""
    return [(float(x), float(y), float(length), fill) for x, y, length, fill in _BAR.findall(svg)]


def shapes(svg: str) -> list[tuple[float, float, str, str, str]]:
    """Place, outline, filling and colour of every mark."""
    return [(float(x), float(y), d, fill, line) for x, y, d, fill, line in _SHAPE.findall(svg)]


def test_what_doubles_is_as_far_off_as_what_halves(english: Language) -> None:
    rows = [{"label": "Both", "low": 5e4, "high": 2e5, "base": 1e5}]
    (down, up) = bars(draw("tornado", rows, 657, english))
    assert down[3] == marks.SERIES[3]
    assert up[3] == marks.SERIES[1]
    assert down[2] == pytest.approx(up[2], abs=0.01)
    assert down[0] + down[2] == pytest.approx(up[0], abs=0.01)


def test_the_widest_input_is_first_whichever_end_is_higher(english: Language) -> None:
    svg = draw("tornado", ROWS["tornado"], 657, english)
    found = bars(svg)
    rows = sorted({round(y) for _, y, _, _ in found})
    lengths = [sum(length for _, y, length, _ in found if round(y) == row) for row in rows]
    # A factor of 100, of 2 and of 11/9: on a log scale their logarithms.
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] / lengths[1] == pytest.approx(6.644, rel=1e-3)
    # That which goes one way has one bar.
    assert [sum(round(y) == row for _, y, _, _ in found) for row in rows] == [2, 1, 2]
    for text in ("10,000", "1.0\u00a0million", "90,000", "110,000", "100,000"):
        assert f">{text}</text>" in svg


def test_a_verdict_has_a_colour_and_a_shape_of_its_own(english: Language) -> None:
    verdicts = ("holds", "holds under these inputs", "does not follow", "fails", "new to us")
    rows = [
        {"label": f"Claim {n}", "verdict": verdict, "ratio": 1.5, "ratio_low": 1.2,
         "ratio_high": 2.0}
        for n, verdict in enumerate(verdicts)
    ]  # fmt: skip
    found = shapes(draw("claim_ratios", rows, 657, english))
    filled = [shape for shape in found if shape[3] != marks.PAGE]
    assert len({color for *_, color in filled}) == len(verdicts)
    assert len({outline for _, _, outline, _, _ in filled}) == len(verdicts)


def test_what_is_further_off_than_ten_times_stands_at_the_edge(english: Language) -> None:
    rows = [
        {"label": "It", "verdict": "fails", "ratio": each, "ratio_low": each, "ratio_high": each}
        for each in (0.1, 0.0005)
    ]
    svg = draw("claim_ratios", rows, 657, english)
    at_ten, beyond = (x for x, _, _, fill, _ in shapes(svg) if fill != marks.PAGE)
    assert beyond == at_ten
    assert ">← 0.00050</text>" in svg
    assert ">0.10</text>" in svg


def lines(svg: str) -> list[str]:
    """The paths of lines."""
    return [path for path in re.findall(r'<path d="([^"]*)" stroke="#', svg) if path.count("L") > 2]


def panel_rows(days: list[dt.date]) -> list[dict[str, Any]]:
    return [
        {"panel": "Alpha", "fact_date": day, "series": "Verified", "place": 2, "figure": 300}
        for day in days
    ]


def test_a_line_joins_only_days_that_follow_one_another(english: Language) -> None:
    whole = draw("capacity_panels", panel_rows(DAYS), 657, english)
    gap = draw("capacity_panels", panel_rows([*DAYS[:30], *DAYS[31:]]), 657, english)
    assert len(lines(whole)) == 1
    assert len(lines(gap)) == 2
    assert not shapes(whole)


def test_a_day_alone_is_a_dot_and_a_ring_if_it_is_claimed(english: Language) -> None:
    rows = panel_rows([DAYS[0], DAYS[40]])
    rows[1].update(place=1, series="Claimed")
    (verified, claimed) = shapes(draw("capacity_panels", rows, 657, english))
    assert verified[3] == verified[4] == marks.SERIES[2]
    assert (claimed[3], claimed[4]) == (marks.PAGE, marks.SERIES[3])


def test_panels_share_their_scales(english: Language) -> None:
    one = panel_rows([DAYS[0], DAYS[40]])
    other = [{**row, "panel": "Beta"} for row in one]
    (a, b, c, d) = shapes(draw("capacity_panels", [*one, *other], 657, english))
    assert b[0] - a[0] == pytest.approx(d[0] - c[0])
    assert {y for _, y, *_ in (a, b, c, d)} == {a[1]}


Changed = Callable[[str], SmallWarehouse]


def report_rows(warehouse: SmallWarehouse, name: str) -> list[dict[str, Any]]:
    sql = (resources.SQL / "reports" / f"{name}.sql").read_text(encoding="utf-8")
    return warehouse.query(sql).to_dicts()


def test_swings_are_those_of_inputs_alone(warehouse: SmallWarehouse) -> None:
    rows = report_rows(warehouse, "sensitivity")
    assert [(row["label"], row["low"], row["high"], row["base"]) for row in rows] == [
        ("Minutes per GPU-hour", 1e6, 1e4, 1e5),
        ("Utilisation", 2e5, 5e4, 1e5),
    ]
    (facts,) = report_rows(warehouse, "sensitivity_facts")
    assert facts["first_input"] == "Minutes per GPU-hour"
    assert facts["first_factor"] == pytest.approx(100)
    assert (facts["first_low"], facts["first_high"], facts["n_inputs"]) == (1e4, 1e6, 2)


def test_ratios_set_figures_against_the_ends_they_belong_to(warehouse: SmallWarehouse) -> None:
    rows = {row["claim_id"]: row for row in report_rows(warehouse, "claim_ratios")}
    assert rows.keys() == {"gpus-at-peak", "amd-from-2-to-175", "invented-here"}
    assert rows["amd-from-2-to-175"]["ratio"] == pytest.approx(178.7 / 175)
    assert rows["gpus-at-peak"]["ratio_low"] == pytest.approx(713333 / 720000)
    invented = rows["invented-here"]
    assert invented["ratio"] is None
    assert invented["ratio_low"] == pytest.approx(2 / 5)
    assert invented["ratio_high"] == pytest.approx(3 / 5)
    assert invented["label"] == "A claim that no topic lists."
    (facts,) = report_rows(warehouse, "claim_ratio_facts")
    assert (facts["n_claims"], facts["n_close"], facts["n_not_held"]) == (3, 2, 1)


def test_a_network_speaks_for_itself_before_it_is_cited(changed_warehouse: Changed) -> None:
    warehouse = changed_warehouse("""
        insert into marts.network_capacity_day values
            ('akash', date '2024-02-01', 'bundled', null, 500, null, null, null),
            ('akash', date '2024-02-01', 'akash', null, 430, 200, 0, null);
    """)
    rows = report_rows(warehouse, "network_capacity")
    assert [(row["panel"], row["series"], row["figure"]) for row in rows] == [
        ("Render", "Nodes", 1500),
        ("Akash", "Verified", 25),
        ("Akash", "Claimed", 150),
        ("Akash", "Verified", 430),
        ("Akash", "Leased", 200),
    ]
    (facts,) = report_rows(warehouse, "network_capacity_facts")
    assert (facts["claimed_gpus"], facts["leased_gpus"], facts["n_nodes"]) == (150, 200, 1500)


@pytest.mark.parametrize(
    "name", ["sensitivity_facts", "claim_ratio_facts", "network_capacity_facts"]
)
def test_without_rows_there_are_no_facts(changed_warehouse: Changed, name: str) -> None:
    warehouse = changed_warehouse("""
        delete from estimates.sensitivity;
        delete from estimates.claim;
        delete from marts.network_capacity_day;
    """)
    assert report_rows(warehouse, name) == []

"""From definition and warehouse to the report's value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline import resources
from pipeline.errors import DefinitionError, SqlError
from pipeline.report import assemble, definition, definition_file
from pipeline.report.value import Empty, Figure, Prose, Report, TableBlock

Folders = Callable[[Mapping[str, str]], Path]
Small = Callable[[str], Any]

SHIPPED = {"sql_folders": (resources.SQL,)}
NOTHING_KNOWN_OF_SUPPLY = """;
delete from marts.fleet_quarter; delete from marts.fleet_total_quarter;
delete from estimates.owner_group_quarter; delete from estimates.shipment_year;
update estimates.supply_gap_month set fleet_quarter_end = null,
    fleet_h100e_bf16_dense_p05 = null, fleet_h100e_bf16_dense_p50 = null,
    fleet_h100e_bf16_dense_p95 = null, demand_to_fleet_p50 = null, demand_to_fleet_p95 = null,
    available_h100e_p50 = null, demand_to_available_p50 = null, produced_h100e_year = null,
    years_of_production_for_video_p50 = null;
delete from estimates.first_sufficient_month;
delete from estimates.network_fact_h100e_day; delete from marts.video_timing;
delete from estimates.backtest; delete from estimates.backtest_score;
delete from estimates.mfu_class; delete from estimates.workload_throughput;
delete from estimates.chat_per_video_minute; delete from estimates.network_cards_needed;
update estimates.training_run set breakeven_minutes_p05 = null, breakeven_minutes_p50 = null,
    breakeven_minutes_p95 = null;
update marts.build set as_of = timestamp '2024-04-03 23:59:59';
"""


def made(warehouse: Any, name: str = "market-capacity") -> Report:
    defined = definition_file.load(name, [resources.REPORTS])
    return assemble.assemble(defined, warehouse, sql_folders=[resources.SQL])


def blocks(report: Report) -> list[Any]:
    return [block for section in report.sections for row in section.rows for block in row]


def block(report: Report, key: str) -> Any:
    return next(each for each in blocks(report) if getattr(each, "key", "") == key)


def test_sentences_state_what_the_rows_give(report: Report) -> None:
    # Alpha, beta and gamma weigh 4, 3 and 2 before the demo and rise by 2, 1 and 0 % a day
    # for 41 days; bitcoin by 0.5 %.
    basket = (4 * 1.02**41 + 3 * 1.01**41 + 2) / 9 - 1
    bitcoin = 1.005**41 - 1
    assert report.finding.startswith(
        f"The three compute tokens rose {basket:.0%} after the Sora demo, "
        f"bitcoin rose {bitcoin:.0%}. Of 4 claims around it, the verdict is “holds” for one"
    )
    # The index gains 1 % a day from the demo on, and so on 30 days up to the last one.
    assert report.kpis[1].value == f"+{1.01**30 - 1:.0%}"
    assert report.kpis[1].detail.startswith(f"bitcoin +{1.005**30 - 1:.0%}; in the 30 days before")
    assert report.kpis[0].value == f"{9 * (1 + basket):.1f}"
    assert report.kpis[0].trend == "up"


def test_risk_says_on_how_many_returns_it_rests(report: Report, changed_warehouse: Small) -> None:
    section = next(each for each in report.sections if each.key == "risk")
    assert "(n = 90), the beta 1.25." in section.lead.text
    rows = {row.cells["token"].text: row.cells for row in block(report, "risk-table").table.rows}
    assert list(rows) == ["Alpha (ALP)", "Beta & <b>Sons</b> (BET)", "Gamma (GAM)"]
    assert rows["Gamma (GAM)"]["n_bitcoin"].text == "40"
    assert rows["Gamma (GAM)"]["beta_bitcoin"].text == "–"
    # Nvidia's share is n/a in words until prices of it are there.
    assert "n/a, for 2 common returns of the 42" in block(report, "sector-correlation").note
    known = made(
        changed_warehouse(
            "; update marts.sector_comovement_day set correlation_90d = 0.33, n_common_90d = 61 "
            "where benchmark_id = 'NVDA'"
        )
    )
    note = block(known, "sector-correlation").note
    assert note == "With Nvidia’s share, on 61 trading days, it is 0.33."


def test_without_figures_of_risk_none_is_drawn(changed_warehouse: Small) -> None:
    nothing = made(
        changed_warehouse(
            "; delete from marts.sector_risk_day; delete from marts.sector_comovement_day; "
            "delete from marts.token_risk"
        )
    )
    section = next(each for each in nothing.sections if each.key == "risk")
    assert section.lead.text.startswith("Too few daily returns")
    for key in ("sector-volatility", "sector-correlation"):
        empty = block(nothing, key)
        assert isinstance(empty, Empty)
        assert empty.n == 0
    rows = block(nothing, "risk-table").table.rows
    assert {row.cells["volatility_90d"].text for row in rows} == {"–"}


def test_a_day_alone_is_not_drawn_and_takes_no_number(changed_warehouse: Small) -> None:
    short = made(
        changed_warehouse(
            "; delete from estimates.event_study_day where relative_day <> 0; "
            "delete from marts.sector_risk_day"
        )
    )
    empty = block(short, "event-path")
    assert isinstance(empty, Empty)
    assert empty.n == 1
    numbers = [figure.number for figure in short.figures if figure.paper != "attached"]
    assert numbers == [str(number + 1) for number in range(len(numbers))]


def test_a_claim_never_stands_for_what_is_verified(report: Report) -> None:
    rows = [row.cells for row in block(report, "network-valuation").table.rows]
    claimed = "claimed_usd_per_h100e_low..claimed_usd_per_h100e_high"
    keys = ["network", "market_cap_usd", claimed, claimed.replace("claimed", "verified")]
    assert [[cells[key].text for key in keys] for cells in rows] == [
        ["Render", "500", "1.00–2.00", "–"],
        ["Akash", "–", "–", "–"],
    ]


def test_the_cover_says_what_it_is_made_of(report: Report) -> None:
    assert report.dateline == "Report of 3\u00a0April 2024 · daily data to 26\u00a0March 2024"
    assert report.knowledge == "With everything known today"
    assert report.edition is not None
    assert report.edition.title == "A small invented edition"
    # Gamma's cap is unknown on the first seven of 117 days.
    assert report.completeness == "Market caps complete on 110 of 117 days"
    assert not report.is_complete


def test_the_report_speaks_of_no_day_after_its_date(report: Report) -> None:
    gpus = [row.cells["title"].text for row in block(report, "gpu-table").table.rows]
    assert "NVIDIA Later 200 GB" not in gpus
    assert len(gpus) == 3
    networks = block(report, "network-table").table.rows
    assert "900" not in [row.cells["value_low..value_high"].text for row in networks]
    heads = [column.label for column in block(report, "fleet").table.columns]
    assert "June 2024" not in heads
    assert {"December 2023", "March 2024"} <= set(heads)


def test_scenarios_are_those_of_the_definition_in_its_order(report: Report) -> None:
    rows = block(report, "scenarios").table.rows
    names = [row.cells["scenario_id"].text for row in rows]
    assert names == ["factorial-2024", "low", "base", "high", "distilled", "consumer", "sora"]


def test_sources_are_numbered_as_they_are_met_and_never_typed(report: Report) -> None:
    assert [source.number for source in report.sources] == list(range(1, len(report.sources) + 1))
    assert "edition" not in [source.entity for source in report.sources]
    cited = {n for each in blocks(report) if isinstance(each, Figure | TableBlock)
             for citation in each.sources for n in citation.numbers}  # fmt: skip
    assert cited <= {source.number for source in report.sources}
    by_entity = {source.entity: source for source in report.sources}
    assert by_entity["token_daily"].hashes == ("ab12cd34ef56",)
    assert by_entity["gpu_spec"].url == ""  # not https
    labels = [citation.label for citation in block(report, "network-dots").sources]
    assert labels == ["Published claims", "Network capacity"]


def test_a_note_is_called_by_its_number_and_printed_once(report: Report) -> None:
    sentences = [found.sentence for found in report.findings]
    sentences += [section.lead for section in report.sections]
    noted = [sentence.note for sentence in sentences if sentence.note and sentence.is_first]
    assert noted == list(report.notes)
    assert [note.number for note in report.notes] == list(range(1, len(report.notes) + 1))


def test_halves_stand_side_by_side(report: Report) -> None:
    widths = [tuple(each.width for each in row) for s in report.sections for row in s.rows]
    assert set(widths) == {("full",), ("half", "half")}


def test_claims_bring_their_evidence_and_go_by_topic(report: Report) -> None:
    rows = block(report, "claims-table").table.rows
    assert [row.group for row in rows] == [
        "Tokens and shares",
        "What text-to-video takes",
        "Decentralised networks",
        "Further claims",
    ]
    evidence = [
        (
            each.cells["mark"].text,
            each.cells["value_low..value_high"].text,
            each.cells["remark"].text,
        )
        for each in rows[1].details
    ]
    assert evidence == [
        ("✔", "713,000", ""),
        ("✘", "2,000–2,000,000", "not known then"),
        ("·", "1.00", "later than the test"),
    ]


def test_what_was_not_known_is_said_and_nothing_is_zero(changed_warehouse: Small) -> None:
    report = made(changed_warehouse(NOTHING_KNOWN_OF_SUPPLY))
    assert report.knowledge == "As known on 3 April 2024, 23:59 UTC"
    assert isinstance(block(report, "owners"), Empty)
    assert block(report, "owners").text == "no fleet estimate was known at this date."
    tile = next(each for each in report.kpis if each.label.startswith("Gap ratio"))
    assert (tile.value, tile.detail) == ("n/a", "no recent fleet estimate was known")
    gap = next(section for section in report.sections if section.key == "gap")
    assert gap.lead.text.startswith("No recent estimate of the fleet was known")
    assert all(isinstance(each, Empty) for (each,) in gap.rows)
    lead = next(section.lead.text for section in report.sections if section.key == "supply")
    assert lead.startswith("No estimate of what the large owners hold was known;")
    speed = next(section for section in report.sections if section.key == "throughput")
    assert speed.lead.text.startswith("No timing of an open model was known at this date")
    # What was published of the output stands without timings.
    rest = [each for (each,) in speed.rows if getattr(each, "key", "") != "gpu-output"]
    assert all(isinstance(each, Empty) and each.text for each in rest)
    prose = next(each for each in blocks(report) if isinstance(each, Prose))
    assert not any("n/a" in paragraph for paragraph in prose.paragraphs)


def test_timings_that_are_not_comparable_stand_last_and_apart(report: Report) -> None:
    rows = block(report, "backtest-table").table.rows
    assert [(row.group, row.cells["gpu"].text) for row in rows] == [
        ("Comparable, scored", "H100"),
        ("", "H200"),
        ("", "RTX 4090 ×8"),
        ("Comparable, nothing to predict it from", "Odd 1"),
        ("Not comparable, neither fitted nor scored", "H200"),
    ]
    assert rows[2].cells["ratio"].text == "1.60"
    assert rows[3].cells["predicted_seconds"].is_missing
    figure = block(report, "backtest")
    assert figure.title == "Half of the timings are predicted within 10%"
    assert "n = 3, 67% of them within the 80% interval" in figure.subtitle


def test_what_one_card_does_not_hold_is_marked(report: Report) -> None:
    rows = block(report, "made-per-hour").table.rows
    by = {row.cells["title"].text: row.cells for row in rows}
    assert by["Wan 2.1 14B, 720p"]["h100_p50"].under == ("0.14–0.21",)
    assert by["Wan 2.1 14B, 720p"]["rtx4090_p50"].under == ("0.032–0.050", "2 GPUs, 8-bit")
    sora = by["Sora, hypothetical, 1080p"]
    assert (sora["rtx4090_p50"].text, sora["rtx4090_p50"].under) == ("–", ("over 8 GPUs",))
    # An image counts by pieces, not by minutes.
    assert by["FLUX.1 dev, 1024px"]["h100_p50"].text == "600"
    assert [row.group for row in rows if row.group] == [
        "Minutes of video per GPU-hour",
        "Images per GPU-hour",
    ]


def test_a_training_run_is_told_in_minutes_of_video(report: Report) -> None:
    runs = block(report, "training-runs")
    # 15.2542 million over 100,000, and over 50,000.
    assert runs.title.endswith("the article’s 15.3–38.1\u00a0million are 150–310 times that")
    names = [row.cells["title"].text for row in runs.table.rows]
    assert names == ["Sora as estimated, high", "Sora as estimated, low", "A <b>language</b> model"]
    assert runs.table.rows[2].cells["basis"].text == "A card; A data set"


def test_a_run_published_later_than_known_is_left_out(changed_warehouse: Small) -> None:
    then = "; update marts.build set as_of = timestamp '2024-06-30 12:00'"
    rows = block(made(changed_warehouse(then)), "training-runs").table.rows
    assert [row.cells["gpu_hours"].text for row in rows] == ["7,500,000", "3,000,000"]


def test_equal_rows_give_an_equal_report_and_other_rows_another(changed_warehouse: Small) -> None:
    first, second = made(changed_warehouse("")), made(changed_warehouse(""))
    assert first == second
    other = made(changed_warehouse("; update estimates.claim set verdict = 'fails'"))
    assert other.report_id != first.report_id
    assert len(first.report_id) == 12


DEFINITION = """\
title = "Own"
finding = "{one.x:count} and {one.y:count}."
dateline = "{build.report_date:date}"
scenarios = ["base", "absent"]

[[section]]
id = "s"
title = "S"
lead = "L"

[[section.block]]
table = "t"
query = "many"
title = "T"
columns = [{ column = "z" }]
"""


def own(folders: Folders, warehouse: Any, files: Mapping[str, str]) -> Report:
    folder = folders({"own.toml": DEFINITION, **files})
    sql = [folder, resources.SQL]
    return assemble.assemble(
        definition_file.load("own", [folder], sql_folders=sql), warehouse, sql_folders=sql
    )


def test_every_misfit_is_told_with_its_line(folders: Folders, warehouse: Any) -> None:
    files = {"reports/one.sql": "select 1 as x", "reports/many.sql": "select 'a' as w"}
    with pytest.raises(DefinitionError) as caught:
        own(folders, warehouse, files)
    (line,) = str(caught.value).splitlines()
    assert line.partition("own.toml")[2] == (
        ":4: scenarios: 'absent' was not estimated; known are base, consumer, distilled, "
        "factorial-2024, high, low, sora"
    )
    del files["reports/one.sql"]
    files["own.toml"] = DEFINITION.replace(', "absent"', "")
    files["reports/one.sql"] = "select 1 as x, 'text' as w"
    with pytest.raises(DefinitionError) as caught:
        own(folders, warehouse, files)
    assert [line.partition("own.toml")[2] for line in str(caught.value).splitlines()] == [
        ":2: finding: query one has no column y; it has x, w",
        ":11: section[1].block[1]: the query has no column z; it has w",
    ]


def test_a_fact_must_be_one_row(folders: Folders, warehouse: Any) -> None:
    files = {
        "own.toml": DEFINITION.replace(', "absent"', ""),
        "reports/one.sql": "select 1 as x, 2 as y union all select 3, 4",
        "reports/many.sql": "select 'a' as z",
    }
    with pytest.raises(DefinitionError, match=r":2: finding: query one must return one row for"):
        own(folders, warehouse, files)


def test_a_broken_query_is_named_by_its_file(folders: Folders, warehouse: Any) -> None:
    files = {
        "own.toml": DEFINITION.replace(', "absent"', ""),
        "reports/one.sql": "select 1 as x, 2 as y",
        "reports/many.sql": "selec z from marts.token",
    }
    with pytest.raises(SqlError) as caught:
        own(folders, warehouse, files)
    file, _, reason = str(caught.value).partition(": ")
    assert file.endswith("reports/many.sql:1")
    assert "selec" in reason


def test_every_query_of_a_report_says_what_it_gives_and_is_used() -> None:
    used = set()
    for name in definition_file.names([resources.REPORTS]):
        defined = definition_file.load(name, [resources.REPORTS])
        used |= {*definition.facts_of(defined), assemble.BUILD_QUERY}
        for section in defined.sections:
            used |= {block.query for block in section.blocks if block.query}
            used |= {block.details.query for block in section.blocks if block.details}
    paths = sorted((resources.SQL / "reports").glob("*.sql"))
    assert {path.stem for path in paths} == used
    for path in paths:
        first, second = path.read_text(encoding="utf-8").splitlines()[:2]
        assert first.startswith("-- description: "), path
        assert "One row per " in first, path
        assert second.startswith("-- grain: "), path

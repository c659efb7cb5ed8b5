"""The shipped report on the bundled edition: published figures come out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline import resources
from pipeline.report import assemble, definition_file
from pipeline.report.value import Report
from pipeline.settings import Settings
from pipeline.warehouse import LINK, Warehouse


@pytest.fixture(scope="module")
def edition(built: Path) -> Report:
    settings = Settings(data=built, state=built / "state")
    defined = definition_file.load("market-capacity", [resources.REPORTS])
    with Warehouse(settings.warehouse / LINK, settings) as opened:
        return assemble.assemble(defined, opened, sql_folders=[resources.SQL])


def rows(report: Report, key: str) -> dict[str, Any]:
    """Rows of a table by the text of their first cell."""
    table = next(block.table for section in report.sections for block in section.tables
                 if block.key == key)  # fmt: skip
    return {next(iter(row.cells.values())).text: row.cells for row in table.rows}


def test_the_published_chain_is_reproduced(edition: Report) -> None:
    steps = rows(edition, "chain-steps")
    assert steps["Chips at even, full use"]["recomputed"].text == "89,167"
    assert steps["Chips at peak"]["recomputed"].text == "713,333"
    assert steps["Chips at peak"]["as_stated"].text == "996,667"
    assert steps["Output of one H100"]["recomputed"].text == "5.03"
    assert steps["Training, low case"]["recomputed"].text == "4,211"
    assert steps["Training, high case"]["recomputed"].text == "10,528"
    assert steps["Break-even, low case"]["recomputed"].text == "15.25"
    assert steps["Break-even, high case"]["recomputed"].text == "38.14"


def test_tokens_and_fleets_as_published(edition: Report) -> None:
    ranking = rows(edition, "ranking-table")
    # CoinMarketCap, 26 March 2024; sums checked by hand against the edition's rows.
    assert ranking["Internet Computer (ICP)"]["close_usd"].text == "19.050"
    assert ranking["All of them"]["market_cap_usd"].text == "43,045"
    assert rows(edition, "snapshot")["All of them"]["market_cap_usd"].text == "24,499"
    fleets = rows(edition, "fleet")
    three = fleets["Microsoft, Meta and Google"]
    assert (three["earlier_p50"].text, three["later_p50"].text) == ("587,000", "844,000")
    assert rows(edition, "production")["H100"]["p50"].text == "892,000"


def test_every_claim_has_a_verdict_and_what_it_rests_on(edition: Report) -> None:
    table = next(block.table for section in edition.sections for block in section.tables
                 if block.key == "claims-table")  # fmt: skip
    verdicts = {
        "holds",
        "holds under these inputs",
        "does not follow",
        "fails",
        "cannot be checked",
    }
    assert len(table.rows) >= 15
    for row in table.rows:
        assert row.cells["verdict"].text in verdicts
        assert row.cells["verdict_known_then"].text in verdicts
        assert row.details


def test_sources_name_those_who_made_the_figures(edition: Report) -> None:
    producers = " ".join(source.producer for source in edition.sources)
    for name in ("CoinMarketCap", "Epoch AI", "Omdia", "NVIDIA"):
        assert name in producers
    assert {source.licence for source in edition.sources} <= {"facts, cited", "CC BY 4.0", "MIT"}
    assert all(len(digest) == 12 for source in edition.sources for digest in source.hashes)


def test_nothing_is_missing_where_everything_is_known(edition: Report) -> None:
    # No rental price of the time is bundled.
    assert [kpi.label for kpi in edition.kpis if kpi.value == "n/a"] == ["H100-hour on demand"]
    sentences = [edition.finding, edition.dateline]
    sentences += [found.lead + found.sentence.text for found in edition.findings]
    sentences += [section.lead.text for section in edition.sections]
    sentences += [figure.title + figure.alt for figure in edition.figures]
    assert not [sentence for sentence in sentences if "n/a" in sentence]

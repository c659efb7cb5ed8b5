"""Editions of Epoch AI's counts: how they are had, and what of them is not to be believed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import BadAnswerError, QualityError
from pipeline.extract import epoch
from pipeline.extract.documents import Documents
from pipeline.settings import Web
from pipeline.source import Rows, Unit, Wanted
from tests import epoch as given  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.extract.conftest import Host, Past  # noqa: TID251 - its vocabulary

CHOSEN = Documents(epoch.PUBLISHER, epoch.DOCUMENTS, epoch.ENTITIES, Web())


def units(past: Past) -> dict[str, Unit]:
    wanted = Wanted(now=datetime(2026, 11, 23, 1, tzinfo=UTC))
    return {one.dataset: one for one in CHOSEN.plan(past, wanted) if isinstance(one, Unit)}


def fetched(past: Past, host: Host, dataset: str, content: bytes) -> Sequence[Rows]:
    """What a unit brings of an answer, after its review."""
    host.answers = {"data/ai_chip_sales.zip": content, "data/ai_chip_owners.zip": content}
    unit = units(past)[dataset]
    rows = []
    for body, origin in unit.fetch(host):
        assert (origin.source, origin.licence) == ("epoch", "CC BY 4.0")
        one = epoch.ENTITIES[origin.entity]
        rows.append(one.parse(one, body, origin))
    if unit.review is not None:
        assert unit.review(rows) is None
    return rows


def test_documents_are_asked_for_at_their_addresses(past: Past, host: Host) -> None:
    assert [len(fetched(past, host, "chip_sale", given.sales())[0].accepted)] == [13]
    assert [name for name, _ in host.asked] == ["data/ai_chip_sales.zip"]
    assert CHOSEN.access.hosts == frozenset({"epoch.ai"})


def test_a_page_for_people_is_no_archive(past: Past, host: Host) -> None:
    with pytest.raises((BadAnswerError, ValueError), match="no whole zip archive"):
        fetched(past, host, "chip_sale", b"<html><body>Maintenance</body></html>")
    with pytest.raises(BadAnswerError, match="has no column 'Start date'"):
        fetched(past, host, "chip_sale", given.zipped({"a.csv": b"a,b\n1,2\n"}))


def test_equal_bytes_say_nothing_new(past: Past, host: Host) -> None:
    past.brought["chip_sale"] = [given.sales()]
    assert fetched(past, host, "chip_sale", given.sales()) == []


def scaled(rows: list[given.Row], by: float, of: str) -> list[given.Row]:
    return [
        {
            name: float(str(value)) * by if of in name and value else value
            for name, value in row.items()
        }
        for row in rows
    ]


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "no Nvidia": (
        "chip_sale",
        given.sales(
            [row for row in given.timelines() if row["Chip manufacturer"] != "Nvidia"],
            [row for row in given.totals() if row["Chip manufacturer"] != "Nvidia"],
        ),
        "chip_sale: has no total of Nvidia; what was there before stays",
    ),
    "an owner that estimates need is renamed": (
        "chip_holding",
        given.owners(skipped=["Meta"]),
        "chip_holding: has no total of Meta; what was there before stays",
    ),
    "a designer is gone": (
        "chip_sale",
        given.sales(
            [row for row in given.timelines() if row["Chip manufacturer"] != "AMD"],
            [row for row in given.totals() if row["Chip manufacturer"] != "AMD"],
        ),
        "chip_sale: designer AMD was there and is gone; what was there before stays",
    ),
    "another owner is gone": (
        "chip_holding",
        given.owners(skipped=["xAI #confident"]),
        "chip_holding: owner xAI was there and is gone; what was there before stays",
    ),
    "a chip is gone, and the total still has it": (
        "chip_sale",
        given.sales([row for row in given.timelines() if row["Chip type"] != "H100/H200"]),
        "chip_sale: Nvidia: units_p50 of chips sum to 2000 up to 2026-03-31, the total is 3000; "
        "what was there before stays",
    ),
    "a chip is counted twice": (
        "chip_sale",
        given.sales(
            [
                *given.timelines(),
                *(
                    row | {"Chip type": "GB200"}
                    for row in given.timelines()
                    if row["Chip type"] == "B200"
                ),
            ]
        ),
        "chip_sale: Nvidia: units_p50 of chips sum to 5000 up to 2026-03-31, the total is 3000; "
        "what was there before stays",
    ),
    "units are in thousands": (
        "chip_sale",
        given.sales(
            scaled(given.timelines(), 0.001, "Number of Units"),
            scaled(given.totals(), 0.001, "Number of Units"),
        ),
        "chip_sale: units_p50 is 0.001 times what it was in 10 of 10 rows, as if in another unit; "
        "what was there before stays",
    ),
    "H100-equivalents are on another basis in one quarter": (
        "chip_sale",
        given.sales(
            [
                row | given.figures(4000, 8000) if row["Number of Units"] == "4000" else row
                for row in given.timelines()
            ],
            [
                row | changed.get(str(row["Number of Units"]), {})
                for row in given.totals()
                for changed in [
                    {"7500": given.figures(7500, 14500), "8500": given.figures(8500, 17000)}
                ]
            ],
        ),
        "chip_sale: Nvidia B200: a unit is 2 H100 here and 2.5 there; what was there before stays",
    ),
    "a designer's quarters are not of the calendar": (
        "chip_sale",
        given.sales(
            [
                row | {"Start date": "2026-03-29", "End date": "2026-06-27"}
                if row["Chip manufacturer"] == "AMD" and row["End date"] == "2026-06-30"
                else row
                for row in given.timelines()
            ]
        ),
        "chip_sale: AMD: units_p50 of chips sum to 500 up to 2026-06-30, the total is 1100; "
        "what was there before stays",
    ),
    "a running total falls": (
        "chip_sale",
        given.sales(
            given.timelines(),
            [
                row | given.figures(1090, 1417)
                if row["Chip manufacturer"] == "AMD" and row["End date"] == "2026-09-30"
                else row
                for row in given.totals()
            ],
        ),
        "chip_sale: AMD: the running total falls at 2026-09-30; what was there before stays",
    ),
    "the last quarter is gone": (
        "chip_sale",
        given.sales(
            [row for row in given.timelines() if row["End date"] != "2026-09-30"],
            [row for row in given.totals() if row["End date"] != "2026-09-30"],
        ),
        "chip_sale: ends 2026-06-30, before it ended 2026-09-30; what was there before stays",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_edition_that_is_not_to_be_believed(what: str, past: Past, host: Host) -> None:
    dataset, content, message = REFUSED[what]
    past.brought = {"chip_sale": [given.sales()], "chip_holding": [given.owners()]}
    with pytest.raises(QualityError) as error:
        fetched(past, host, dataset, content)
    assert message in str(error.value)


def test_a_revision_is_believed(past: Past, host: Host) -> None:
    past.brought["chip_sale"] = [given.sales()]
    revised = given.sales(given.timelines(1.4), given.totals(1.4))
    assert len(fetched(past, host, "chip_sale", revised)) == 1


def test_a_chip_may_be_counted_under_a_known_other_name(past: Past, host: Host) -> None:
    apart = [
        row | {"Chip type": str(row["Chip type"]).removesuffix("/H200")}
        for row in given.timelines()
    ]
    past.brought["chip_sale"] = [given.sales(apart)]
    assert len(fetched(past, host, "chip_sale", given.sales())) == 1
    past.brought["chip_sale"] = [given.sales()]
    assert len(fetched(past, host, "chip_sale", given.sales(apart))) == 1


def test_an_owner_that_begins_with_nothing_is_believed(
    past: Past, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(given.OWNERS, "Newcomer", 0.0)
    assert len(fetched(past, host, "chip_holding", given.owners())) == 1


def test_recorded_editions_pass_their_reviews(past: Past, host: Host) -> None:
    for dataset, of_owners in (("chip_sale", False), ("chip_holding", True)):
        content = given.recorded_archive(of_owners=of_owners)
        assert len(fetched(past, host, dataset, content)) == 1

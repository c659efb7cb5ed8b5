"""The SEC's company facts: revenue as filed, and damage (F25 to F33)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import QualityError, SchemaError, UnavailableError
from pipeline.extract import sec, sec_rows
from pipeline.extract.documents import Documents
from pipeline.provenance import Provenance
from pipeline.settings import Http, Settings, Web
from pipeline.source import Unit, Wanted

if TYPE_CHECKING:
    from pipeline.source import Rows

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EQUITIES = Path(__file__).resolve().parents[3] / "shared" / "equities"
FACT = sec.ENTITIES["fact"]
Figures = list[dict[str, Any]]


def figure(start: str, end: str, val: Any, **other: Any) -> dict[str, Any]:
    said = {"accn": "a-1", "fy": 2026, "fp": "Q1", "form": "10-Q", "filed": "2025-05-28"}
    return {"start": start, "end": end, "val": val, **said, **other}


QUARTER = figure("2025-01-27", "2025-04-27", 44062000000, frame="CY2025Q1")


def facts(figures: Figures, tag: str = "Revenues", cik: Any = 1045810) -> dict[str, Any]:
    other = {"Assets": {"units": {"USD": [{"end": "2025-04-27", "val": 1}]}}}
    return {
        "cik": cik,
        "entityName": "NVIDIA CORP",
        "facts": {"us-gaap": {tag: {"label": "Revenues", "units": {"USD": figures}}, **other}},
    }


def origin(dataset: str = "companyfacts/NVDA") -> Provenance:
    return Provenance(
        source="sec",
        entity="fact",
        dataset=dataset,
        title="t",
        url="u",
        producer="p",
        citation="c",
        licence="l",
        media_type="application/json",
        retrieved_at=NOW,
    )


def taken(value: Any) -> Rows:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return FACT.parse(FACT, content, origin())


def test_revenue_is_read_and_nothing_else() -> None:
    rows = taken(facts([QUARTER]))
    assert dict(rows.accepted.schema) == dict(FACT.schema)
    assert rows.accepted.row(0, named=True) == {
        "ticker": "NVDA",
        "cik": 1045810,
        "tag": "Revenues",
        "start": date(2025, 1, 27),
        "end": date(2025, 4, 27),
        "val": 44062000000.0,
        "accn": "a-1",
        "fy": 2026,
        "fp": "Q1",
        "form": "10-Q",
        "filed": date(2025, 5, 28),
        "frame": "CY2025Q1",
    }
    assert len(rows.accepted) == 1
    assert FACT.new_fields is not None
    assert FACT.new_fields(FACT, json.dumps(facts([{**QUARTER, "x": 1}])).encode()) == ["x"]


@pytest.mark.parametrize("tag", sec_rows.TAGS)
def test_revenue_goes_by_three_names(tag: str) -> None:
    assert taken(facts([QUARTER], tag)).accepted["tag"].to_list() == [tag]


DAMAGE: dict[str, tuple[dict[str, Any], str]] = {
    "F28 no value": ({"val": None}, "val: is required"),
    "F28 no start": ({"start": None}, "start: is required"),
    "F29 text": ({"val": "44,062"}, "val: not a number"),
    "F29 day as number": ({"end": 20250427}, "end: not a day"),
    "F31 negative": ({"val": -1}, "val: is negative"),
    "F36 US day": ({"filed": "5/28/2025"}, "filed: not a day in UTC"),
    "F36 short day": ({"filed": "20250528"}, "filed: not a day in UTC"),
    "no such day": ({"filed": "2025-02-30"}, "filed: not a day in UTC"),
    "F31 beyond belief": ({"val": 1e31}, "val: is beyond belief"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_one_bad_figure_is_set_aside(name: str) -> None:
    change, reason = DAMAGE[name]
    rows = taken(facts([QUARTER, {**QUARTER, **change}]))
    assert len(rows.accepted) == 1
    assert rows.rejected["reason"].to_list() == [reason]


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        (b"<html>Undeclared Automated Tool</html>", "company facts: "),
        (b'{"cik": 1045810, "facts": {"us-gaap": NaN}}', "company facts: "),
        (b'{"cik": 1045810', "company facts: "),
        ([], "are of None"),
        (facts([QUARTER], cik=320193), "are of 320193, not of AMD or NVDA"),
        (facts([QUARTER], cik=[1]), r"are of \[1\]"),
        (facts([QUARTER], tag="Assets"), "hold no list of revenue"),
        ({"cik": 1045810, "facts": {"ifrs-full": {}}}, "have not the shape"),
        ({"cik": 1045810, "facts": {"us-gaap": {"Revenues": {"units": {"EUR": []}}}}}, "shape"),
        ({"cik": 1045810, "facts": {"us-gaap": {"Revenues": {"units": {"USD": {}}}}}}, "no list"),
    ],
)
def test_another_shape_is_refused_as_a_whole(value: Any, finding: str) -> None:
    with pytest.raises(SchemaError, match=finding):
        taken(value)


def source(contact: str | None = "me@example.org", **web: Any) -> Documents:
    chosen = Settings(Path("/d"), Path("/s"), http=Http(contact=contact), web={"sec": Web(**web)})
    return Documents(
        sec.PUBLISHER,
        sec.DOCUMENTS,
        sec.ENTITIES,
        chosen.web["sec"],
        sec.PUBLISHER.lacks(chosen),
    )


def units(made: Documents, past: Any) -> list[Unit]:
    return [item for item in made.plan(past, Wanted(now=NOW)) if isinstance(item, Unit)]


def test_two_documents_a_week(past: Any, host: Any) -> None:
    found = units(source(), past)
    assert [(unit.dataset, unit.calls, unit.is_required) for unit in found] == [
        ("companyfacts/AMD", 1, False),
        ("companyfacts/NVDA", 1, False),
    ]
    past.had["companyfacts/AMD"] = [(date(2026, 11, 16), date(2026, 11, 16))]
    past.had["companyfacts/NVDA"] = [(date(2026, 11, 17), date(2026, 11, 17))]
    assert [unit.dataset for unit in units(source(), past)] == ["companyfacts/AMD"]
    path = "api/xbrl/companyfacts/CIK0001045810.json"
    host.answers[path] = facts([QUARTER])
    [(content, of)] = list(found[1].fetch(host))
    assert host.asked == [(path, {})]
    assert (of.entity, of.dataset) == ("fact", "companyfacts/NVDA")
    assert len(FACT.parse(FACT, content, of).accepted) == 1


def test_without_a_contact_it_is_not_asked(past: Any, host: Any) -> None:
    assert units(source(contact=None), past) == []
    [unit, _] = units(source(contact=None, enabled=True), past)
    with pytest.raises(UnavailableError, match=r"^sec: needs a contact .* CAPBRIEF_HTTP__CONTACT"):
        list(unit.fetch(host))
    assert host.asked == []
    assert units(source(enabled=False), past) == []


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ([], "is not of the company 1045810"),
        (facts([QUARTER], cik=2488), "is not of the company 1045810"),
        ({"cik": 1045810, "facts": {}}, "holds no revenue"),
        (facts([QUARTER], tag="Assets"), "holds no revenue"),
        (facts([QUARTER]), None),
    ],
)
def test_the_gate_wants_revenue_of_the_company(value: Any, finding: str | None) -> None:
    assert sec.DOCUMENTS[1].gate(value) == finding


def test_facts_that_were_filed_do_not_vanish(past: Any) -> None:
    review = sec.DOCUMENTS[1].review
    assert review is not None
    later = figure("2025-04-28", "2025-07-27", 46743000000, accn="a-2")
    review(past, [taken(facts([QUARTER]))])
    past.brought["companyfacts/NVDA"] = [facts([QUARTER, later])]
    review(past, [taken(facts([QUARTER, later, {**later, "accn": "a-3"}]))])
    with pytest.raises(QualityError, match=r"1 facts that were filed .* 2025-04-28 to 2025-07-27"):
        review(past, [taken(facts([QUARTER]))])


def test_the_recorded_sample_is_read_whole() -> None:
    path = EQUITIES / "sec_companyfacts_nvda_revenues_sample.json"
    if not path.is_file():
        pytest.skip("shared/equities is absent: nothing recorded is read")
    rows = taken(path.read_bytes())
    assert (len(rows.accepted), len(rows.rejected)) == (14, 0)
    assert rows.accepted["frame"].null_count() == 7
    assert rows.accepted["val"].max() == 215938000000
    assert sec.DOCUMENTS[1].gate(json.loads(path.read_text())) is None

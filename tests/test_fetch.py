"""Fetch: a unit is had whole or not at all, what is missing is on record, and failures are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from pipeline import fetch as fetching
from pipeline.errors import (
    AuthError,
    CapbriefError,
    NotFoundError,
    OutOfReachError,
    PartialError,
    QualityError,
    QuotaError,
    SchemaError,
    UnavailableError,
)
from pipeline.job import Job
from pipeline.ledger import Ledger
from pipeline.outcome import Outcome
from pipeline.past import Known
from pipeline.payload import PayloadStore
from pipeline.provenance import Provenance
from pipeline.source import About, Entity, Fetched, Gap, Get, Past, Review, Rows, Unit, Wanted

NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)

TEXT, NUMBER = pl.String(), pl.Int64()


def lines(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """One row per line; a line with ``bad`` in it does not fit, and ``broken`` has no shape."""
    if content == b"broken":
        raise SchemaError("has no lines")
    texts = content.decode().split()
    good = [text for text in texts if "bad" not in text]
    bad = [(n, "is bad", text) for n, text in enumerate(texts, 1) if "bad" in text]
    return Rows(
        pl.DataFrame({"text": good}, schema=dict(entity.schema)),
        pl.DataFrame(
            bad,
            schema={"row_number": NUMBER, "reason": TEXT, "row_json": TEXT},
            orient="row",
        ),
    )


LINE = Entity("line", {"text": TEXT}, frozenset({"text"}), lines)


def provenance(dataset: str, at: datetime = NOW) -> Provenance:
    return Provenance(
        source="vendor",
        entity="line",
        dataset=dataset,
        title=dataset,
        url=f"https://vendor.example/{dataset}",
        producer="Vendor",
        citation="Vendor, 2026",
        licence="facts",
        media_type="text/plain",
        retrieved_at=at,
    )


@dataclass
class Vendor:
    """A source whose plan a test writes."""

    items: Callable[[Past, Wanted], Iterator[Unit | Gap]]
    name: str = "vendor"
    access: None = None
    entities: dict[str, Entity] = field(default_factory=lambda: {"line": LINE})

    off: str = ""

    @property
    def about(self) -> About:
        return About("Vendor", "Vendor", "facts", off_because=self.off)

    def due(self, past: Past, today: date) -> None:
        return None

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        return self.items(past, wanted)


def unit(
    dataset: str,
    *contents: bytes | CapbriefError,
    day: date | None = YESTERDAY,
    required: bool = True,
    review: Review | None = None,
) -> Unit:
    """A unit that brings these payloads, one after the other; an error is raised in its place."""

    def bring(get: Get) -> Iterator[Fetched]:
        for content in contents:
            if isinstance(content, CapbriefError):
                raise content
            yield content, provenance(dataset, NOW - (TODAY - (day or TODAY)))

    return Unit(
        dataset,
        (day, day) if day else None,
        calls=len(contents),
        fetch=bring,
        is_required=required,
        review=(lambda _: review) if review else None,
    )


def of(*items: Unit | Gap) -> Vendor:
    return Vendor(lambda past, wanted: iter(items))


def have(job: Job, *items: Unit | Gap) -> Outcome:
    return fetching.fetch(job, [of(*items)], Wanted(now=NOW))


@pytest.fixture
def ledger(job: Job) -> Ledger:
    return Ledger(job.settings.ledger)


def datasets(ledger: Ledger) -> list[str]:
    return [one.dataset for one in ledger.units("vendor")]


def test_a_unit_that_breaks_off_leaves_nothing_that_counts(job: Job, ledger: Ledger) -> None:
    outcome = have(job, unit("pages", b"one", b"two", UnavailableError("page 3 is down")))
    assert ledger.retrievals() == []
    assert datasets(ledger) == []
    with pytest.raises(UnavailableError, match="page 3 is down"):
        outcome.must_have_required()


def test_a_unit_is_recorded_with_all_it_brought(job: Job, ledger: Ledger) -> None:
    outcome = have(job, unit("pages", b"one", b"two"))
    outcome.must_have_required()
    outcome.must_be_whole()
    assert [one.n_payloads for one in ledger.units("vendor")] == [2]
    store = PayloadStore(job.settings.payloads)
    kept = [store.read(one.payload_sha256) for one in ledger.retrievals()]
    assert kept == [b"one", b"two"]


def test_one_failure_keeps_nothing_else_from_being_had(job: Job, ledger: Ledger) -> None:
    outcome = have(
        job,
        unit("first", b"rows"),
        unit("second", UnavailableError("down"), required=False),
        unit("third", b"more"),
    )
    outcome.must_have_required()
    assert datasets(ledger) == ["first", "third"]
    with pytest.raises(PartialError, match="second: down"):
        outcome.must_be_whole()


@pytest.mark.parametrize("error", [AuthError("key refused"), QuotaError("calls spent")])
def test_after_a_refused_key_or_spent_calls_nothing_more_is_asked(
    job: Job, ledger: Ledger, error: CapbriefError
) -> None:
    outcome = have(job, unit("first", b"rows"), unit("second", error), unit("third", b"more"))
    assert datasets(ledger) == ["first"]
    with pytest.raises(type(error), match=str(error)):
        outcome.must_have_required()


def test_what_a_parser_refuses_is_kept_as_bytes_and_not_counted(job: Job, ledger: Ledger) -> None:
    outcome = have(job, unit("pages", b"one", b"broken"))
    assert ledger.retrievals() == []
    assert len(list(PayloadStore(job.settings.payloads))) == 2
    with pytest.raises(SchemaError, match="has no lines"):
        outcome.must_have_required()


def test_a_unit_with_more_than_a_twentieth_of_bad_rows_is_not_believed(
    job: Job, ledger: Ledger
) -> None:
    good = " ".join(f"row{n}" for n in range(39))
    have(job, unit("fine", f"{good[5:]} bad bad".encode()), unit("short", b"good bad"))
    assert datasets(ledger) == ["fine", "short"]
    outcome = have(job, unit("wrong", f"{good[10:]} bad bad bad".encode()))
    assert datasets(ledger) == ["fine", "short"]
    with pytest.raises(QualityError, match=r"wrong: 3 of 40 rows do not fit: is bad \(3\)"):
        outcome.must_have_required()


def test_a_gap_is_noted_once(job: Job, ledger: Ledger) -> None:
    gap = Gap("pages", date(2026, 11, 20), date(2026, 11, 21), "was not fetched")
    assert [one.reason for one in have(job, gap).gaps] == ["was not fetched"]
    assert have(job, gap).gaps == []
    (kept,) = ledger.gaps()
    assert (kept.first_date, kept.last_date) == (gap.first_date, gap.last_date)


@pytest.mark.parametrize(
    ("error", "last_date"),
    [(NotFoundError("no such coin"), None), (OutOfReachError("older than a year"), YESTERDAY)],
)
def test_what_cannot_be_had_any_more_becomes_a_gap_and_others_go_on(
    job: Job, ledger: Ledger, error: CapbriefError, last_date: date | None
) -> None:
    outcome = have(job, unit("coin", error, required=False), unit("other", b"rows"))
    (gap,) = ledger.gaps()
    assert (gap.dataset, gap.first_date, gap.last_date) == ("coin", YESTERDAY, last_date)
    assert gap.reason == str(error)
    assert datasets(ledger) == ["other"]
    with pytest.raises(PartialError):
        outcome.must_be_whole()


def test_a_jump_waits_until_a_person_accepts_it(job: Job, ledger: Ledger) -> None:
    calm = Review(n_before=10, n_members=10, entered=("a",), left=("b",))
    have(job, unit("set", b"old", day=YESTERDAY, review=calm))
    jump = Review(n_before=10, n_members=13, entered=("x", "y", "z"), left=())
    outcome = have(job, unit("set", b"new", day=TODAY, review=jump))
    with pytest.raises(QualityError, match="set: 3 entered and 0 left of 10 members"):
        outcome.must_be_whole()
    # It is on record, and goes on waiting on the next run, which has nothing to fetch.
    assert datasets(ledger) == ["set", "set"]
    (waiting,) = have(job).held
    assert waiting.entered == ("x", "y", "z")
    ledger.decide(replace(waiting, status="accepted"))
    assert have(job).held == ()


def test_a_fifth_is_no_jump_and_more_is() -> None:
    assert not Review(10, 10, ("a",), ("b",)).is_jump
    assert Review(10, 11, ("a", "c"), ("b",)).is_jump
    assert not Review(0, 500, tuple(str(n) for n in range(500)), ()).is_jump


def test_the_plan_learns_from_what_it_brought(job: Job) -> None:
    asked: list[str] = []

    def items(past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        assert list(past.payloads("names")) == []
        yield unit("names", b"one two")
        content, origin = past.payloads("names")[0]
        assert origin.dataset == "names"
        for name in content.decode().split():
            asked.append(name)
            yield unit(f"series/{name}", b"rows")
        assert past.datasets("series/") == ["series/one", "series/two"]
        assert past.covered("series/one") == [(YESTERDAY, YESTERDAY)]
        assert past.covered("series/three") == []

    fetching.fetch(job, [Vendor(items)], Wanted(now=NOW))
    assert asked == ["one", "two"]


def test_accepted_payloads_are_those_of_the_day_that_counts(job: Job) -> None:
    calm, jump = Review(4, 4, (), ()), Review(4, 9, tuple("abcde"), ())
    have(job, unit("set", b"old", day=YESTERDAY, review=calm))

    def items(past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        day = unit("set", b"new", day=TODAY, review=jump)
        later = NOW + timedelta(hours=1)
        yield replace(day, fetch=lambda get: [(b"new", provenance("set", later))])
        assert [content for content, _ in past.payloads("set")] == [b"new"]
        assert [content for content, _ in past.accepted("set")] == [b"old"]

    outcome = fetching.fetch(job, [Vendor(items)], Wanted(now=NOW))
    assert [one.dataset for one in outcome.held] == ["set"]


def test_a_dry_run_writes_nothing(job: Job) -> None:
    def items(past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        assert list(past.payloads("pages")) == []
        yield unit("pages", b"rows")

    found = fetching.planned(job, [Vendor(items)], Wanted(now=NOW))
    assert [(source, item.dataset) for source, item in found] == [("vendor", "pages")]
    assert not job.settings.data.exists()


def test_what_was_not_tried_is_missing_all_the_same(job: Job, ledger: Ledger) -> None:
    spent = QuotaError("calls spent")
    outcome = have(job, unit("optional", spent, required=False), unit("required", b"rows"))
    assert datasets(ledger) == []
    with pytest.raises(QuotaError, match=r"calls spent \(1 more failed\)"):
        outcome.must_have_required()
    assert outcome.unmet() == "optional: calls spent (1 more were not asked for)"


def test_a_jump_does_not_replace_the_crawl_of_its_day_that_counts(job: Job, ledger: Ledger) -> None:
    calm = Review(n_before=0, n_members=10, entered=(), left=())
    have(job, unit("set", b"ten", day=TODAY, review=calm))
    jump = Review(n_before=10, n_members=4, entered=(), left=tuple("abcdef"))
    outcome = have(job, unit("set", b"four", day=TODAY, review=jump))
    with pytest.raises(QualityError, match="0 entered and 6 left of 10 members since the crawl"):
        outcome.must_have_required()
    assert [one.n_payloads for one in ledger.units("vendor")] == [1]
    assert [one.status for one in ledger.memberships()] == ["accepted"]


def test_a_snapshot_is_of_the_day_on_which_it_came(job: Job, ledger: Ledger) -> None:
    late = replace(unit("shot", b"rows", day=YESTERDAY), is_snapshot=True)
    have(job, replace(late, fetch=lambda get: [(b"rows", provenance("shot", NOW))]))
    (had,) = ledger.units("vendor")
    assert (had.first_date, had.last_date) == (TODAY, TODAY)
    (gap,) = ledger.gaps()
    assert (gap.first_date, gap.last_date) == (YESTERDAY, YESTERDAY)


def test_days_inside_a_series_that_did_not_come_are_a_gap_once(job: Job, ledger: Ledger) -> None:
    series = replace(unit("series", b"x"), days=(date(2026, 11, 10), YESTERDAY), dated_by="day")
    days = [date(2026, 11, 12), date(2026, 11, 13), date(2026, 11, 16), YESTERDAY]

    def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
        return Rows(pl.DataFrame({"day": days}), lines(LINE, content, origin).rejected)

    dated = Entity("line", {"day": pl.Date()}, frozenset({"day"}), parse)
    for _ in range(2):
        vendor = Vendor(lambda past, wanted: iter([series]), entities={"line": dated})
        fetching.fetch(job, [vendor], Wanted(now=NOW))
    # Nothing before its first day: the coin is younger.
    assert [(gap.first_date.day, gap.last_date and gap.last_date.day) for gap in ledger.gaps()] == [
        (14, 15),
        (17, 21),
    ]


def test_an_open_gap_ends_with_the_next_payload_and_is_asked_for_once_a_week(job: Job) -> None:
    have(job, unit("coin", NotFoundError("no such coin"), required=False))
    noted = job.clock()

    def stands(days: float) -> bool:
        later = replace(job, clock=lambda: noted + timedelta(days=days))
        return bool(Known(later, of()).gaps("coin"))

    assert [stands(days) for days in (0.5, 1, 6, 7.5, 8, 14)] == [*[True] * 3, False, True, False]
    # Asked for again in vain it is no news.
    assert have(job, unit("coin", NotFoundError("no such coin"), required=False)).failures == []
    after = provenance("coin", noted + timedelta(hours=1))
    have(job, replace(unit("coin", b"rows"), fetch=lambda get: [(b"rows", after)]))
    assert not stands(1)


class TestBackfill:
    def wanted(self) -> Wanted:
        return Wanted(now=NOW, days=(date(2026, 1, 1), date(2026, 1, 31)))

    def test_stops_before_its_calls_are_overspent_and_says_where(
        self, job: Job, ledger: Ledger
    ) -> None:
        def items(past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
            for name in ("a", "b", "c"):
                if not past.covered(name):
                    yield unit(name, b"rows")

        vendor = Vendor(items)
        with pytest.raises(QuotaError, match="c: is next, and the 2 calls of this run are spent"):
            fetching.backfill(job, vendor, self.wanted(), most_calls=2)
        assert datasets(ledger) == ["a", "b"]
        fetching.backfill(job, vendor, self.wanted(), most_calls=2)
        assert datasets(ledger) == ["a", "b", "c"]

    def test_a_spent_month_ends_with_the_resume_point(self, job: Job, ledger: Ledger) -> None:
        spent = QuotaError("the calls of the month are spent")
        items = of(unit("a", b"rows"), unit("b", spent), unit("c", b"rows"))
        with pytest.raises(QuotaError, match="b: is next; the calls of the month are spent"):
            fetching.backfill(job, items, self.wanted())
        assert datasets(ledger) == ["a"]

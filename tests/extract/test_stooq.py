"""Stooq: whole histories for who has a key, and what it says without one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import BadAnswerError, QualityError, QuotaError, SchemaError, UnavailableError
from pipeline.extract import stooq
from pipeline.extract.documents import Documents
from pipeline.form import FormError
from pipeline.provenance import Provenance
from pipeline.secret import Secret
from pipeline.settings import Settings, Web
from pipeline.source import Unit, Wanted

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGE = b"""<!DOCTYPE html><html><body>Get your apikey: open
https://stooq.com/q/d/?s=amd.us&get_apikey and copy the key</body></html>"""
HISTORY = b"""Date,Open,High,Low,Close,Volume
2024-02-14,176.20,179.31,175.02,178.70,54302100
2024-02-15,178.00,180.33,175.50,176.76,53303800
"""
ENTITY = stooq.ENTITIES["equity_daily"]


def origin(ticker: str = "AMD") -> Provenance:
    return Provenance(
        source="stooq",
        entity="equity_daily",
        dataset=f"daily/{ticker}",
        title="t",
        url="u",
        producer="Stooq",
        citation="c",
        licence="l",
        media_type="text/csv",
        retrieved_at=NOW,
    )


def source(key: str | None = "canary-1234", enabled: bool | None = True) -> Documents:
    web = Web(enabled=enabled, key=Secret(key) if key else None)
    chosen = Settings(Path("/d"), Path("/s"), web={"stooq": web})
    return Documents(
        stooq.PUBLISHER, stooq.DOCUMENTS, stooq.ENTITIES, web, stooq.PUBLISHER.lacks(chosen)
    )


def units(made: Documents, past: Any) -> list[Unit]:
    return [item for item in made.plan(past, Wanted(now=NOW)) if isinstance(item, Unit)]


def test_it_is_off_by_itself(past: Any) -> None:
    assert units(source(enabled=None), past) == []
    assert [unit.dataset for unit in units(source(), past)] == ["daily/AMD", "daily/NVDA"]


def test_without_a_key_it_says_what_to_set(past: Any, host: Any) -> None:
    [unit, _] = units(source(key=None), past)
    with pytest.raises(UnavailableError, match=r"^stooq: needs an API key .*CAPBRIEF_STOOQ__KEY_"):
        list(unit.fetch(host))
    assert host.asked == []


def test_the_key_is_in_no_address_that_is_shown(past: Any, host: Any) -> None:
    access = source().access
    assert access.url_of((), {"s": "amd.us", "i": "d"}) == "https://stooq.com/q/d/l/?s=amd.us&i=d"
    assert access.header is None
    assert access.secret_query is not None
    assert access.secret_query.reveal() == "apikey=canary-1234"
    assert "canary" not in repr(access)
    host.answers[""] = HISTORY
    [unit, _] = units(source(), past)
    [(content, of)] = list(unit.fetch(host))
    assert host.asked == [("", {"s": "amd.us", "i": "d"})]
    assert content == HISTORY
    assert "canary" not in repr(of.to_fields())


def test_rows_are_read_as_those_of_a_file() -> None:
    rows = ENTITY.parse(ENTITY, HISTORY + b"2026-11-23,1,1,1,1,1\n", origin())
    assert dict(rows.accepted.schema) == dict(ENTITY.schema)
    assert rows.accepted.select("ticker", "price_date", "close_usd", "vendor", "basis").rows() == [
        ("AMD", date(2024, 2, 14), 178.70, "Stooq", "as traded"),
        ("AMD", date(2024, 2, 15), 176.76, "Stooq", "as traded"),
    ]
    assert [reason[:24] for reason in rows.rejected["reason"]] == ["price_date: was not over"]


def test_prices_of_another_share_are_refused() -> None:
    other = HISTORY.replace(b"178.00,180.33,175.50,176.76", b"12,13,11,12.76")
    with pytest.raises(SchemaError, match="the closes are not those of NVDA"):
        ENTITY.parse(ENTITY, other, origin("NVDA"))


def test_another_header_is_refused() -> None:
    with pytest.raises(SchemaError, match="has no column 'Close'"):
        ENTITY.parse(ENTITY, HISTORY.replace(b"Close", b"Last"), origin())
    document = stooq.DOCUMENTS[0]
    assert document.gate(["Date", "Open"]) == "has no column 'High'"
    assert document.gate(document.form.decode(HISTORY)) is None


def test_the_page_that_asks_for_a_key_is_one_line() -> None:
    form, refusal = stooq.DOCUMENTS[0].form, source().access.refusal
    assert form.takes("text/html")
    error = refusal(200, form.decode(PAGE))
    assert isinstance(error, BadAnswerError)
    assert str(error).startswith("asks for an API key, so that the one that is set is not taken")
    assert "\n" not in str(error)
    with pytest.raises(FormError, match="is a page for people"):
        form.decode(b"<html>Under maintenance</html>")
    assert isinstance(refusal(200, ["Exceeded the daily hits limit"]), QuotaError)
    assert isinstance(refusal(401, None), BadAnswerError)
    assert refusal(200, ["Date"]) is None


def test_a_history_that_became_shorter_is_refused(past: Any) -> None:
    review = stooq.DOCUMENTS[0].review
    assert review is not None
    rows = ENTITY.parse(ENTITY, HISTORY, origin())
    review(past, [rows])
    past.brought["daily/AMD"] = [HISTORY]
    review(past, [rows])
    past.brought["daily/AMD"] = [HISTORY + b"2024-02-16,1,1,1,1,1\n"]
    with pytest.raises(QualityError, match="daily/AMD: has 2 days where it had 3"):
        review(past, [rows])


def test_a_history_that_no_listed_split_explains_is_refused_after_a_good_one(past: Any) -> None:
    review = stooq.DOCUMENTS[0].review
    assert review is not None
    halved = b"""Date,Open,High,Low,Close,Volume
2024-02-14,88.10,89.66,87.51,89.35,54302100
2024-02-15,89.00,90.17,87.75,88.38,53303800
"""
    rows = ENTITY.parse(ENTITY, halved, origin())
    assert set(rows.accepted["basis"]) == {"unknown"}
    review(past, [rows])  # nothing better is there
    past.brought["daily/AMD"] = [HISTORY]
    with pytest.raises(QualityError, match="on which basis of splits it stands cannot be told"):
        review(past, [rows])

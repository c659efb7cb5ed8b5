"""CoinGecko's endpoints: how each is asked, what its answer must be, and where that came from."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.budget import Usage
from pipeline.errors import BadAnswerError
from pipeline.extract.coingecko_rows import CHART_PARTS, DAY_MILLISECONDS, stamp_of
from pipeline.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.extract.coingecko_plans import Plan
    from pipeline.extract.spans import Span
    from pipeline.http import Answer
    from pipeline.source import Fetched, Get

    Gate = Callable[[Any], str | None]

PRODUCER = "CoinGecko"
LICENCE = "CoinGecko API terms; attribution required"

# The most that one page of /coins/markets can hold, and far more pages than a category has.
PER_PAGE, MOST_PAGES = 250, 120
# A list of 180 ids was refused elsewhere for its length (414).
IDS_PER_CALL = 100
# The free range endpoint gives a daily series only for more than 90 days.
_SHORTEST_DAILY = timedelta(days=92)
_HOUR = timedelta(hours=1)


def category_names(get: Get) -> list[Fetched]:
    """All category ids."""
    answer = get(("coins", "categories", "list"), {}, gate=_list_gate("category_id"))
    return _kept("category_name", "categories/list", "category names", [answer])


def categories(get: Get) -> list[Fetched]:
    """The vendor's totals of all categories."""
    answer = get(("coins", "categories"), {}, gate=_list_gate("id"))
    return _kept("category", "categories", "categories", [answer])


def overall(get: Get) -> list[Fetched]:
    """The totals of the whole market."""
    answer = get(("global",), {}, gate=_global_gate)
    return _kept("global", "global", "whole market", [answer])


def markets_of_category(get: Get, category_id: str) -> list[Fetched]:
    """All coins of a category, page by page, the pages without a new coin left out.

    The order is the documented default; ranks may move between two pages, so that a coin comes
    twice or is passed over (that `id_asc`, where only listings shift pages, holds together with
    `category` is not documented). Where one came twice, all pages are asked for once more, and
    the coins of both passes are the members.

    Raises:
        BadAnswerError: the pages do not end.
    """
    answers, has_shifted = _pages(get, category_id)
    if has_shifted:
        answers += _pages(get, category_id)[0]
    return _kept(
        "market", f"markets/{category_id}", f"coins of the category {category_id}", answers
    )


def _pages(get: Get, category_id: str) -> tuple[list[Answer], bool]:
    """The pages with new coins, and whether one of them also had a coin of another.

    A short page is no end: the vendor has cut pages to 50 rows before.
    """
    seen: set[str] = set()
    answers: list[Answer] = []
    has_shifted = False
    for page in range(1, MOST_PAGES + 1):
        answer = get(
            ("coins", "markets"),
            _markets(category=category_id, order="market_cap_desc", page=str(page)),
            gate=_list_gate("id", may_be_empty=page > 1),
        )
        ids = ids_in(answer.value)
        if ids <= seen:
            return answers, has_shifted
        has_shifted = has_shifted or not ids.isdisjoint(seen)
        seen |= ids
        answers.append(answer)
    raise BadAnswerError(
        f"CoinGecko: the coins of the category {category_id} do not end within {MOST_PAGES} "
        f"pages ({len(seen)} so far); try again later"
    )


def markets_of_coins(get: Get, coin_ids: Sequence[str]) -> list[Fetched]:
    """The named coins."""
    answers = [
        get(
            ("coins", "markets"),
            _markets(ids=",".join(coin_ids[start : start + IDS_PER_CALL]), page="1"),
            gate=_list_gate("id"),
        )
        for start in range(0, len(coin_ids), IDS_PER_CALL)
    ]
    return _kept("market", "markets/ids", "coins by name", answers)


def daily_chart(get: Get, coin_id: str, days: Span, n_days: int) -> list[Fetched]:
    """The closes of the last ``n_days`` days, which must reach the last of ``days``."""
    answer = get(
        ("coins", coin_id, "market_chart"),
        {"vs_currency": "usd", "days": str(n_days), "interval": "daily", "precision": "full"},
        gate=_chart_gate(days[1]),
    )
    return _kept("chart", f"market_chart/{coin_id}", f"daily closes of {coin_id}", [answer])


def range_chart(
    get: Get, coin_id: str, parameters: dict[str, str], *, is_due: bool
) -> list[Fetched]:
    """The closes of a range of days; none at all is no answer where the coin was there."""
    answer = get(
        ("coins", coin_id, "market_chart", "range"),
        {"vs_currency": "usd", "precision": "full", **parameters},
        gate=_range_gate(is_due=is_due),
    )
    return _kept("chart", f"market_chart/{coin_id}", f"daily closes of {coin_id}", [answer])


def range_parameters(plan: Plan, days: Span, now: datetime) -> dict[str, str]:
    """The ends of a range that has the closes of ``days``, as the plan writes them.

    The close of D is the point of D+1 00:00. An hour is added at both ends: whether they
    belong to the range is not documented.
    """
    start, end = (_midnight(day + timedelta(days=1)) for day in days)
    start, end = start - _HOUR, min(now, end + _HOUR)
    if plan.range_dates == "iso":
        return {
            "from": f"{start:%Y-%m-%dT%H:%M}",
            "to": f"{end:%Y-%m-%dT%H:%M}",
            "interval": "daily",
        }
    end = min(now, max(end, start + _SHORTEST_DAILY))
    start = min(start, end - _SHORTEST_DAILY)
    return {"from": str(int(start.timestamp())), "to": str(int(end.timestamp()))}


def usage(get: Get) -> Usage:
    """What the vendor counted for the key (plan pro)."""
    value = get(("key",), {}, gate=_key_gate).value
    rates = [
        one
        for name in ("rate_limit_request_per_minute", "api_key_rate_limit_request_per_minute")
        if (one := _whole(value, name))
    ]
    return Usage(
        calls_per_minute=min(rates, default=None),
        calls_per_month=_whole(value, "monthly_call_credit"),
        spent=_whole(value, "current_total_monthly_calls"),
    )


def ids_in(value: Any) -> set[str]:
    """The ids of a page of coins."""
    rows = value if isinstance(value, list) else []
    return {row["id"] for row in rows if _is_named(row, "id")}


def _is_named(row: Any, id_key: str) -> bool:
    return isinstance(row, dict) and isinstance(row.get(id_key), str) and row[id_key] != ""


def _markets(**asked: str) -> dict[str, str]:
    return {"vs_currency": "usd", "per_page": str(PER_PAGE), "precision": "full", **asked}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _whole(value: dict[str, Any], name: str) -> int | None:
    found = value.get(name)
    return found if type(found) is int and found >= 0 else None


# --- What an answer must be -----------------------------------------------------------------


def _list_gate(id_key: str, *, may_be_empty: bool = False) -> Gate:
    def gate(value: Any) -> str | None:
        if not isinstance(value, list):
            return "is no list"
        if not value:
            return None if may_be_empty else "is an empty list"
        n_bad = sum(not _is_named(row, id_key) for row in value)
        if 2 * n_bad > len(value):
            return f"is wrong: {n_bad} of {len(value)} rows have no {id_key}"
        return None

    return gate


def _global_gate(value: Any) -> str | None:
    data = value.get("data") if isinstance(value, dict) else None
    totals = data.get("total_market_cap") if isinstance(data, dict) else None
    has_total = isinstance(totals, dict) and "usd" in totals
    return None if has_total else "has no total market cap in USD"


def _key_gate(value: Any) -> str | None:
    return None if isinstance(value, dict) and "monthly_call_credit" in value else "tells no usage"


def _chart_gate(last: date) -> Gate:
    due = int(_midnight(last + timedelta(days=1)).timestamp()) * 1000

    def gate(value: Any) -> str | None:
        if wrong := _not_a_chart(value):
            return wrong
        stamps = _priced(value)
        if not stamps:
            return "is a chart without a price"
        # A coin that was listed since then has only later points, and that is right.
        if due not in stamps and min(stamps) < due:
            return f"is a chart without the close of {last}"
        return None

    return gate


def _range_gate(*, is_due: bool) -> Gate:
    def gate(value: Any) -> str | None:
        if wrong := _not_a_chart(value):
            return wrong
        stamps = _priced(value)
        if not stamps and is_due:
            return "is a chart without a price"
        if len(stamps) > 1 and not any(stamp % DAY_MILLISECONDS == 0 for stamp in stamps):
            return "is a chart without a point at midnight UTC"
        return None

    return gate


def _not_a_chart(value: Any) -> str | None:
    for part in CHART_PARTS:
        if not isinstance(value, dict) or not isinstance(value.get(part), list):
            return f"is a chart without a list of {part}"
    return None


def _priced(value: dict[str, Any]) -> set[int]:
    return {
        stamp
        for pair in value["prices"]
        if (stamp := stamp_of(pair)) is not None and pair[1] is not None
    }


# --- Where it came from ---------------------------------------------------------------------


def _kept(entity: str, dataset: str, title: str, answers: Sequence[Answer]) -> list[Fetched]:
    """The answers of one unit, all with the time of the last.

    Then the whole was known, and nothing in it was seen later than that.
    """
    at = max(answer.retrieved_at for answer in answers)
    return [
        (
            answer.content,
            Provenance(
                source="coingecko",
                entity=entity,
                dataset=dataset,
                title=f"CoinGecko: {title}",
                url=answer.url,
                producer=PRODUCER,
                citation=f"CoinGecko API, {title}, retrieved {at:%Y-%m-%d %H:%M} UTC",
                licence=LICENCE,
                media_type=answer.media_type,
                retrieved_at=at,
            ),
        )
        for answer in answers
    ]

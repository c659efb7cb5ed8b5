"""Series of one coin: points at midnight, by the hour or by five minutes, and single days."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.coingecko.walk import DAY, share

if TYPE_CHECKING:
    from tests.coingecko.coins import Coin
    from tests.coingecko.options import Options

HOUR, FIVE_MINUTES = 3600, 300
# When the last complete day is ready (the vendor's documentation).
CHART_READY, RANGE_READY = 600, 2100
_ARRAYS = {"prices": "price", "market_caps": "market_cap", "total_volumes": "total_volume"}


def by_length(seconds: float, *, up_to_now: bool) -> int:
    """Seconds between points when no interval is asked for: a rule on the length asked for."""
    if seconds > 90 * DAY:
        return DAY
    return FIVE_MINUTES if seconds <= DAY and up_to_now else HOUR


def step_of(interval: str) -> int:
    return {"daily": DAY, "hourly": HOUR, "5m": FIVE_MINUTES}[interval]


def stamps(coin: Coin, start: float, end: float, step: int, ready: int, now: float) -> list[float]:
    """Moments of the points after ``start`` up to ``end``, the current one last if it is in.

    Daily points are at exact midnight, and a day's is there only when it is ready; others are
    a little after the grid.
    """
    first = max(int(start // step), coin.born * DAY // step)
    grid = [float(number * step) for number in range(first, int(end // step) + 1)]
    if step == DAY:
        found = [at for at in grid if start < at and at + ready <= now]
    else:
        jittered = [at + round(60 * share(coin.id, int(at)), 3) for at in grid]
        found = [at for at in jittered if start < at <= end]
    return [*found, now] if end >= now else found


def series(coin: Coin, moments: list[float], options: Options) -> dict[str, list[list[Any]]]:
    """The three arrays of a chart, in milliseconds."""
    made: dict[str, list[list[Any]]] = {name: [] for name in _ARRAYS}
    changed = options.chart.get(coin.id, {})
    for at in moments:
        values: dict[str, Any] | None = {
            "price": coin.price_at(at),
            "market_cap": coin.cap_at(at),
            "total_volume": coin.volume_at(at),
        }
        if at % DAY == 0 and changed:
            values = _with(values, changed, at)
        for name, key in _ARRAYS.items():
            if values is not None and values[key] != "absent":
                made[name].append([int(at * 1000), values[key]])
    return made


def _with(
    values: dict[str, Any] | None, changed: dict[str, dict[str, Any] | None], at: float
) -> dict[str, Any] | None:
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    if day not in changed or values is None:
        return values
    new = changed[day]
    return None if new is None else {**values, **new}


def single_day(coin: Coin, at: float, options: Options) -> dict[str, Any]:
    """The answer of ``history``: values at 00:00:00 UTC; without market data before its birth."""
    thumb = "https://coin-images.coingecko.com/coins/images/1/thumb/logo.png"
    made: dict[str, Any] = {
        "id": coin.id,
        "symbol": coin.symbol,
        "name": coin.name,
        "localization": {"en": coin.name, "de": coin.name},
        "image": {"thumb": thumb, "small": thumb.replace("thumb", "small")},
    }
    arrays = series(coin, [at] if at >= coin.born * DAY else [], options)
    names = {
        "prices": "current_price",
        "market_caps": "market_cap",
        "total_volumes": "total_volume",
    }
    points = {names[name]: {"usd": pairs[0][1]} for name, pairs in arrays.items() if pairs}
    if points:
        made["market_data"] = points
    return {
        **made,
        "community_data": {
            "facebook_likes": None,
            "reddit_average_posts_48h": 0.0,
            "reddit_average_comments_48h": 0.0,
            "reddit_subscribers": None,
            "reddit_accounts_active_48h": 0.0,
        },
        "developer_data": {
            "forks": None,
            "stars": None,
            "subscribers": None,
            "total_issues": None,
            "closed_issues": None,
            "pull_requests_merged": None,
            "pull_request_contributors": None,
            "code_additions_deletions_4_weeks": {"additions": None, "deletions": None},
            "commit_count_4_weeks": None,
        },
        "public_interest_stats": {"alexa_rank": None, "bing_matches": None},
    }

"""What the vendor answers, path by path, while nothing is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from tests.coingecko import charts
from tests.coingecko.charts import CHART_READY, RANGE_READY
from tests.coingecko.market import Market, Row, category_row, whole_market
from tests.coingecko.message import Answer, Asked, Content, answer, encoded
from tests.coingecko.refusals import HISTORY_DAYS, PER_MINUTE, Doorkeeper, refusal, wrong
from tests.coingecko.walk import DAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.coingecko.coins import Coin
    from tests.coingecko.options import Options

_MARKET_ORDERS: dict[str, Callable[[Row], Any]] = {
    "market_cap": lambda row: row["market_cap_rank"] or 1e9,
    "volume": lambda row: -(row["total_volume"] or 0),
    "id": lambda row: row["id"],
}
_CATEGORY_ORDERS: dict[str, Callable[[Row], Any]] = {
    "market_cap": lambda row: -(row["market_cap"] or 0),
    "market_cap_change_24h": lambda row: -(row["market_cap_change_24h"] or 0),
    "name": lambda row: row["name"],
}
_NO_PATH = "Incorrect path. Please check https://www.coingecko.com/api/"


class Vendor:
    """Answers good requests; made once, kept while the options stay the same."""

    def __init__(self, market: Market, recorded: Path | None) -> None:
        self._market = market
        self._recorded = recorded
        self.doorkeeper = Doorkeeper()
        self._lock = Lock()
        self._kept: dict[object, Content] = {}
        self._kept_for: tuple[Options, datetime] | None = None
        self._by_path: dict[str, Callable[[Asked, Options], Answer]] = {
            "/ping": lambda asked, options: answer({"gecko_says": "(V3) To the Moon!"}),
            "/key": self._key,
            "/coins/categories/list": self._category_names,
            "/coins/categories": self._categories,
            "/coins/markets": self._markets,
            "/coins/list": self._coins,
            "/global": lambda asked, options: answer(whole_market(self._market, options)),
        }
        self._of_coin: dict[str, Callable[[Coin, Asked, Options], Answer]] = {
            "market_chart": self._chart,
            "market_chart/range": self._range,
            "history": self._history,
        }

    def __call__(self, asked: Asked, options: Options) -> Answer:
        refused = self.doorkeeper.check(asked, options)
        return refused or self.good(asked, options)

    def good(self, asked: Asked, options: Options) -> Answer:
        """The answer for somebody who may ask."""
        key = (asked.path, tuple(sorted(asked.query.items())))
        with self._lock:
            if self._kept_for != (options, options.moment):
                self._kept_for = (options, options.moment)
                self._kept.clear()
            kept = self._kept.get(key)
            if kept is not None:
                return Answer(kept)
            made = self._made(asked, options)
            if made.status == 200 and asked.path != "/key":
                self._kept[key] = made.content
            return made

    def _made(self, asked: Asked, options: Options) -> Answer:
        file = options.recorded.get(asked.path)
        if file is not None:
            return self._verbatim(file, asked)
        handler = self._by_path.get(asked.path)
        if handler is not None:
            return handler(asked, options)
        if len(asked.segments) < 3 or asked.segments[0] != "coins":
            return wrong(_NO_PATH, 404)
        of_coin = self._of_coin.get("/".join(asked.segments[2:]))
        if of_coin is None:
            return wrong(_NO_PATH, 404)
        coin = self._market.coin(asked.segments[1], options)
        if coin is None:
            return wrong("coin not found", 404)
        return _currency_fault(asked, of_coin == self._history) or of_coin(coin, asked, options)

    def _verbatim(self, file: str, asked: Asked) -> Answer:
        if self._recorded is None:
            return wrong("no folder of recorded answers was given", 500)
        # A recorded file is one page; nothing follows it.
        if asked.number("page", 1) > 1:
            return answer([])
        return Answer(Content((self._recorded / file).read_bytes()))

    def _key(self, asked: Asked, options: Options) -> Answer:
        if options.plan != "pro":
            return refusal(10005, options.moment)
        used = options.credits_used + self.doorkeeper.calls
        per_minute = options.per_minute or PER_MINUTE["pro"]
        return answer(
            {
                "plan": "Basic",
                "rate_limit_request_per_minute": per_minute,
                "monthly_call_credit": options.monthly_credit,
                "current_total_monthly_calls": used,
                "current_remaining_monthly_calls": max(0, options.monthly_credit - used),
                "api_key_rate_limit_request_per_minute": per_minute,
                "api_key_monthly_call_credit": options.monthly_credit,
                "api_key_current_total_monthly_calls": used,
            }
        )

    def _category_names(self, asked: Asked, options: Options) -> Answer:
        rows = self._market.categories(options).values()
        return answer([{"category_id": row["id"], "name": row["name"]} for row in rows])

    def _categories(self, asked: Asked, options: Options) -> Answer:
        named = self._market.categories(options).values()
        rows = [category_row(self._market, row, options) for row in named if row["has"] != "list"]
        return _ordered(rows, asked, _CATEGORY_ORDERS)

    def _markets(self, asked: Asked, options: Options) -> Answer:
        fault = _currency_fault(asked, is_optional=False)
        if fault is not None:
            return fault
        # Lookup priority, not an intersection: a category makes ids count for nothing.
        if asked.query.get("category"):
            rows = self._market.members(asked.query["category"], options)
        elif asked.query.get("ids"):
            all_rows = self._market.rows(options)
            ids = dict.fromkeys(asked.query["ids"].split(","))
            rows = [all_rows[one] for one in ids if one in all_rows]
        else:
            rows = list(self._market.rows(options).values())
        return _ordered(rows, asked, _MARKET_ORDERS, _page)

    def _coins(self, asked: Asked, options: Options) -> Answer:
        if asked.query.get("status") == "inactive":
            ids = [one for one in options.delisted if one in self._market.coins]
            coins = [self._market.coins[one] for one in ids]
        else:
            found = (self._market.coin(one, options) for one in self._market.rows(options))
            coins = sorted((coin for coin in found if coin), key=lambda coin: coin.id)
        rows: list[Row] = [{"id": c.id, "symbol": c.symbol, "name": c.name} for c in coins]
        if asked.query.get("include_platform") == "true":
            rows = [{**row, "platforms": {}} for row in rows]
        return answer(rows)

    def _chart(self, coin: Coin, asked: Asked, options: Options) -> Answer:
        text, interval = asked.query.get("days", ""), asked.query.get("interval")
        if text != "max" and not text.isdigit():
            return wrong("Missing parameter days" if not text else "Invalid days parameter")
        now = options.moment.timestamp()
        length = now - coin.born * DAY + 1 if text == "max" else int(text) * DAY
        if options.plan != "pro" and (text == "max" or int(text) > HISTORY_DAYS):
            return refusal(10012, options.moment)
        if interval not in (None, "hourly", "daily", *(["5m"] if options.plan == "pro" else [])):
            return wrong("Invalid interval parameter")
        step = charts.step_of(interval) if interval else charts.by_length(length, up_to_now=True)
        moments = charts.stamps(coin, now - length, now, step, CHART_READY, now)
        return answer(charts.series(coin, moments, options))

    def _range(self, coin: Coin, asked: Asked, options: Options) -> Answer:
        is_pro = options.plan == "pro"
        start, end = (_moment(asked.query.get(name, ""), is_pro) for name in ("from", "to"))
        if start is None or end is None or start > end:
            return wrong("Invalid from or to parameter")
        now = options.moment.timestamp()
        if not is_pro and start < now - HISTORY_DAYS * DAY:
            return refusal(10012, options.moment)
        interval = asked.query.get("interval") if is_pro else None
        if interval not in (None, "5m", "hourly", "daily"):
            return wrong("Invalid interval parameter")
        step = (
            charts.step_of(interval)
            if interval
            else charts.by_length(end - start, up_to_now=end >= now - 300)
        )
        # The start belongs to the range, unlike the moment from which days are counted back.
        moments = charts.stamps(coin, start - 0.001, min(end, now), step, RANGE_READY, now)
        return answer(charts.series(coin, moments, options))

    def _history(self, coin: Coin, asked: Asked, options: Options) -> Answer:
        form = "%Y-%m-%d" if options.plan == "pro" else "%d-%m-%Y"
        try:
            day = datetime.strptime(asked.query.get("date", ""), form).replace(tzinfo=UTC)
        except ValueError:
            return wrong("invalid date")
        age = options.moment.timestamp() - day.timestamp()
        if options.plan != "pro" and age > HISTORY_DAYS * DAY:
            return refusal(10012, options.moment)
        if age < RANGE_READY:
            return wrong("invalid date")
        made = charts.single_day(coin, day.timestamp(), options)
        if asked.query.get("localization") == "false":
            del made["localization"]
        return answer(made)


def _currency_fault(asked: Asked, is_optional: bool) -> Answer | None:
    currency = asked.query.get("vs_currency")
    if currency is None:
        return None if is_optional else wrong("Missing parameter vs_currency")
    return None if currency == "usd" else wrong("invalid vs_currency")


def _ordered(
    rows: list[Row],
    asked: Asked,
    orders: dict[str, Callable[[Row], Any]],
    cut: Callable[[list[Row], Asked], list[Row]] = lambda rows, asked: rows,
) -> Answer:
    default = "market_cap_desc"
    name, _, way = asked.query.get("order", default).rpartition("_")
    if name not in orders or way not in ("asc", "desc"):
        return wrong("Invalid order parameter")
    # The keys of measures are negative, so that the largest come first in both kinds of sort.
    is_reversed = (way == "desc") == (name in ("id", "name"))
    rows = sorted(rows, key=orders[name], reverse=is_reversed)
    return Answer(Content(encoded(cut(rows, asked))))


def _page(rows: list[Row], asked: Asked) -> list[Row]:
    """One page; 250 rows at most, whatever is asked for, of a list of ids too."""
    size = min(asked.number("per_page", 100), 250)
    start = (asked.number("page", 1) - 1) * size
    # Set by faults only: rows that moved between two pages.
    start = int(asked.query.get(SHIFTED, start))
    return rows[start : start + size]


SHIFTED = "(shifted)"


def _moment(text: str, is_pro: bool) -> float | None:
    """UNIX seconds; the pro host takes ISO dates, too."""
    if re.fullmatch(r"\d{1,12}", text):
        return float(text)
    if not is_pro:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

"""Rows for every chart, as its query gives them, and the way to draw them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pipeline import resources
from pipeline.report import charts
from pipeline.report.language import Language

FONTS = resources.TEMPLATES / "fonts"
DAYS = [dt.date(2024, 1, 1) + dt.timedelta(days=number) for number in range(90)]

ROWS: dict[str, list[dict[str, Any]]] = {
    "cap_area": [
        {"price_date": day, "series": name, "market_cap_usd": size * (1e9 + number * 1e7)}
        for number, day in enumerate(DAYS)
        for name, size in (("AAA", 3), ("BBB", 2), ("Others", 1))
    ],
    "index_lines": [
        {
            "price_date": day,
            "series": name,
            "index_value": 100 + number * slope,
            "is_background": name == "CCC",
            "event_date": dt.date(2024, 2, 15),
            "event_title": "An event",
        }
        for number, day in enumerate(DAYS)
        for name, slope in (("Basket", 1.0), ("BTC", 0.99), ("CCC", 3.0))
    ],
    "rolling_lines": [
        {"price_date": day, "series": name, "rolling_value": low + number / 200}
        for number, day in enumerate(DAYS)
        for name, low in (("BTC", 0.2), ("ETH", 0.25))
    ],
    "around_event": [
        {
            "relative_day": day,
            "caar": day / 200,
            **{name: share * abs(day) ** 0.5 / 100 for name, share in
               (("no_event_p05", -4), ("no_event_p25", -1), ("no_event_p75", 1),
                ("no_event_p95", 4))},
            "event_title": "The demo",
        }
        for day in range(-10, 31)
    ],
    "fan": [
        {
            "month_date": dt.date(2024 + number // 12, 1 + number % 12, 1),
            **{name: 1e3 * factor * (1 + number) for name, factor in
               (("p10", 1), ("p25", 10), ("p50", 50), ("p75", 200), ("p90", 900))},
            "reference_value": 2e6,
            "reference_label": "Installed",
            "reference_date": dt.date(2024, 3, 31),
        }
        for number in range(36)
    ],
    "log_intervals": [
        {"label": label, "p05": low, "p50": middle, "p95": high, "is_demand": group == "A",
         "group_title": group}
        for label, low, middle, high, group in (
            ("Wide", 1e3, 1e5, 2e7, "A"),
            ("Point", 55e4, 55e4, 55e4, "B"),
            ("None", None, None, None, "B"),
        )
    ],
    "interval_bars": [
        {"label": "First", "p05": 3e5, "p50": 4.4e5, "p95": 6e5, "is_highlighted": True},
        {"label": "Second", "p05": 1e5, "p50": 2e5, "p95": 3e5, "is_highlighted": False},
    ],
    "ratio_bars": [
        {"label": "Big", "value": 1.32, "is_highlighted": False},
        {"label": "Small", "value": 0.17, "is_highlighted": True},
    ],
    "predicted_measured": [
        {"measured": measured, "predicted": measured * ratio, "gpu_class": name,
         "is_comparable": ratio < 2}
        for measured, ratio, name in (
            (0.7, 1.3, "Fast"), (1800.0, 0.9, "Fast"), (2.0, 6.0, "Fast"), (7000.0, 1.0, "Slow"))
    ],
    "tornado": [
        {"label": "Narrow", "low": 90e3, "high": 110e3, "base": 1e5},
        {"label": "Wide", "low": 1e6, "high": 1e4, "base": 1e5},
        {"label": "One way", "low": 1e5, "high": 2e5, "base": 1e5},
    ],
    "claim_ratios": [
        {"label": "As said", "verdict": "holds", "group_title": "Holds", "ratio": 1.01,
         "ratio_low": 0.8, "ratio_high": 1.3},
        {"label": "Far off", "verdict": "fails", "group_title": "Fails", "ratio": None,
         "ratio_low": 0.0004, "ratio_high": 0.0009},
    ],
    "capacity_panels": [
        {"panel": name, "fact_date": day, "series": series, "place": place, "figure": figure}
        for name, day, series, place, figure in (
            *(("Alpha", day, "Verified", 2, 200 + number) for number, day in enumerate(DAYS)
              if not 30 <= number < 40),
            ("Alpha", DAYS[0], "Claimed", 1, 500_000), ("Beta", DAYS[50], "Nodes", 5, 1500))
    ],
    "claimed_dots": [
        {"label": dt.date(2023, 11, 2), "mark": "claimed", "low": 1500, "high": 1500,
         "is_verified": False, "group_title": "Net"},
        {"label": dt.date(2023, 6, 29), "mark": "verified", "low": 25, "high": 30,
         "is_verified": True, "group_title": "Net"},
    ],
}  # fmt: skip


def draw(name: str, rows: list[dict[str, Any]], width: int, language: Language) -> str:
    return charts.svg(name, rows, width, language, key="k", fonts=FONTS)

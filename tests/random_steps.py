"""What comes on random days: crawls, closes, totals, rules, events, offers, decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from pipeline.entry import Membership

START = datetime(2026, 8, 1, 1, tzinfo=UTC)
COINS = ["near", "tao", "render", "wrapped-near", "akt", "agix", "fet"]
CATEGORIES = ["ai", "compute", "meme", ""]


@dataclass(frozen=True)
class Step:
    """What comes at a moment: rows by (source, entity, data set), and decisions about members."""

    at: datetime
    rows: Mapping[tuple[str, str, str], Sequence[Mapping[str, Any]]]
    memberships: Sequence[Membership] = ()


# --- Random steps -----------------------------------------------------------------------------

days_from_start = st.integers(0, 75)
prices = st.sampled_from([1.0, 1.01, 2.0, 0.5, 3e3, 2.9e3, 1e-5, 1e7])
caps = st.sampled_from([None, 0.0, 1e6, 1.2e6, 3e9])
coins = st.lists(st.sampled_from(COINS), min_size=1, max_size=6, unique=True)


@st.composite
def crawls(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start), hours=draw(st.sampled_from([0, 0, 9])))
    category = draw(st.sampled_from(CATEGORIES))
    rows = [
        {
            "category_id": category,
            "coin_id": coin,
            "symbol": coin[:3],
            "name": draw(st.sampled_from([coin, f"{coin} renamed"])),
            "price_usd": draw(prices),
            "market_cap_usd": draw(caps),
            "volume_24h_usd": draw(st.sampled_from([None, 10.0, 1e6])),
            "circulating_supply": draw(st.sampled_from([None, 1e6])),
            "ath_at": (at - timedelta(days=draw(st.integers(0, 900)))).replace(tzinfo=None),
            "last_updated_at": (at - timedelta(hours=draw(st.sampled_from([0, 3, 50])))).replace(
                tzinfo=None
            ),
        }
        for coin in draw(coins)
    ]
    held = Membership(
        source="coingecko",
        dataset=f"markets/{category}",
        seen_date=at.date(),
        status=draw(st.sampled_from(["accepted", "accepted", "held"])),
        n_before=3,
        n_members=len(rows),
        entered=(),
        left=(),
        decided_at=at + timedelta(minutes=draw(st.integers(0, 5))),
    )
    return Step(at, {("coingecko", "market", f"markets/{category}"): rows}, [held])


@st.composite
def totals(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start))
    rows = [
        {"category_id": one, "name": one, "market_cap_usd": draw(caps)} for one in CATEGORIES[:3]
    ]
    return Step(at, {("coingecko", "category", "categories"): rows})


def closes_of(draw: st.DrawFn, at: datetime) -> list[dict[str, Any]]:
    first = at.date() - timedelta(days=draw(st.integers(1, 50)))
    coin = draw(st.sampled_from(COINS))
    return [
        {
            "coin_id": coin,
            "price_date": first + timedelta(days=n),
            "close_usd": draw(prices),
            "market_cap_usd": draw(caps),
            "volume_usd": 5.0,
        }
        for n in sorted(draw(st.sets(st.integers(0, 40), min_size=1, max_size=12)))
        if first + timedelta(days=n) < at.date()
    ]


@st.composite
def charts(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start), hours=1)
    rows = closes_of(draw, at)
    name = rows[0]["coin_id"] if rows else "none"
    return Step(at, {("coingecko", "chart", f"market_chart/{name}"): rows})


@st.composite
def imports(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start), hours=2)
    rows = [{**one, "vendor": "mine"} for one in closes_of(draw, at)]
    return Step(at, {("import", "token_daily", "file"): rows})


@st.composite
def rules(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start), hours=3)
    universe = {
        "universe_id": "sector",
        "title": "Sector",
        "min_volume_usd": draw(st.sampled_from([0.0, 1e5])),
        "min_age_days": draw(st.sampled_from([0, 30])),
        "max_staleness_hours": draw(st.sampled_from([None, 24])),
        "history_coins": 0,
        "weight_limit": draw(st.sampled_from([None, 0.4])),
    }
    basket = {"universe_id": "basket", "title": "By name", "weight_limit": 0.5}
    of_basket = [
        {
            "universe_id": "basket",
            "coin_id": coin,
            "first_date": draw(st.sampled_from([None, date(2026, 8, 9)])),
            "last_date": draw(st.sampled_from([None, date(2026, 9, 9)])),
            "note": "named",
        }
        for coin in draw(coins)
    ]
    categories = [
        {"universe_id": "sector", "category_id": one, "tier": "meme" if one == "meme" else "core"}
        for one in draw(st.sets(st.sampled_from(CATEGORIES[:3]), min_size=1))
    ]
    member = {"universe_id": "sector", "coin_id": draw(st.sampled_from(COINS)), "note": "named"}
    twin = {"coin_id": "wrapped-near", "of_coin_id": "near", "kind": "wrapped"}
    moved = {
        "from_coin_id": "agix",
        "to_coin_id": "fet",
        "ratio": 0.4,
        "started_date": date(2026, 8, 20),
    }
    return Step(
        at,
        {
            ("universe", "universe", "live/universe"): [universe],
            ("universe", "category", "live/category"): categories,
            ("universe", "member", "live/member"): [member],
            ("universe", "basket", "live/basket"): [basket],
            ("universe", "basket_member", "live/basket_member"): of_basket,
            ("universe", "twin", "live/twin"): [twin],
            ("universe", "migration", "live/migration"): [moved],
        },
    )


@st.composite
def events(draw: st.DrawFn) -> Step:
    """A file of announcements, which another version of it replaces."""
    at = START + timedelta(days=draw(days_from_start), hours=4)
    days = draw(st.sets(st.integers(0, 60), max_size=3))
    rows = [
        {
            "event_id": f"event-{number}",
            "title": "Event",
            "announced_at": START.replace(tzinfo=None) + timedelta(days=days_after),
            "has_time": True,
            "kind": "other",
            "source": "s",
            "url": "https://example.org",
        }
        for number, days_after in enumerate(sorted(days))
    ]
    return Step(at, {("event", "event", "mine/event"): rows})


@st.composite
def catalogues(draw: st.DrawFn) -> Step:
    """Offers of GPUs; days are few, so that sources and providers meet on them."""
    at = START + timedelta(days=draw(st.integers(0, 3)), hours=draw(st.sampled_from([1, 1, 9])))
    source = draw(st.sampled_from(["dstack", "skypilot"]))
    provider = draw(st.sampled_from(["aws", "verda", "shadeform"]))
    size = {"provider": provider, "n_rows": 9, "n_gpu_rows": 4, "asked_at": at.replace(tzinfo=None)}
    offers = [
        {
            "provider": provider,
            "instance_name": draw(st.sampled_from(["aws_H100", "verda_L4"])),
            "region": draw(st.sampled_from([None, "eu", "us"])),
            "gpu_name": draw(st.sampled_from(["H100", "RTX4090", "v5litepod-8", "Unknown"])),
            "gpu_memory_gb": draw(st.sampled_from([None, 24.0, 80.0])),
            "interface": draw(st.sampled_from([None, "SXM", "PCIe"])),
            "gpu_count": draw(st.sampled_from([0.5, 1.0, 8.0])),
            "is_spot": draw(st.booleans()),
            "usd_per_hour": draw(st.sampled_from([0.5, 1.0, 16.0])),
            "flags": draw(st.sampled_from([None, "gcp-dws-calendar-mode"])),
        }
        for _ in range(draw(st.integers(1, 6)))
    ]
    name = f"catalog/{provider}"
    return Step(
        at,
        {
            (source, "offer", f"{name}/offer"): offers,
            (source, "catalogue", f"{name}/catalogue"): [size],
        },
    )


some = st.one_of(crawls(), crawls(), crawls(), charts(), totals(), imports(), rules(), events())
steps = st.lists(
    st.one_of(some, some, catalogues()),
    min_size=3,
    max_size=14,
)

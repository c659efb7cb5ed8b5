"""Stooq: whole histories of daily prices of shares, for who has a key of it.

Since March 2026 it answers calls without a key by a page that asks for one, and it takes the key
in the address alone. Each answer is a whole history, stated anew after each split; parts of two
answers would be on two bases.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.errors import BadAnswerError, QualityError, QuotaError
from pipeline.extract import imports, layouts, shares
from pipeline.extract.documents import Document, Publisher, refusal
from pipeline.form import CSV, Form, FormError
from pipeline.source import Entity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.errors import CapbriefError
    from pipeline.provenance import Provenance
    from pipeline.settings import Settings
    from pipeline.source import Past, Rows

TICKERS = ("AMD", "NVDA")
_COLUMNS = ("Date", "Open", "High", "Low", "Close", "Volume")
_ASKS_FOR_KEY = "a page that asks for a key"
# A history that lost more than that since the last time is cut, not corrected.
_LEAST_LEFT = 0.9


def lacks(chosen: Settings) -> str:
    """What it cannot be asked without."""
    web = chosen.web.get("stooq")
    if web is not None and web.key is not None:
        return ""
    return (
        "needs an API key (https://stooq.com/q/d/?s=amd.us&get_apikey): put it into a file that "
        "only you can read and name that in CAPBRIEF_STOOQ__KEY_FILE, or set CAPBRIEF_STOOQ__KEY"
    )


def _decoded(content: bytes) -> Any:
    """The names of the columns, or that it is the page that asks for a key."""
    try:
        return CSV.decode(content)
    except FormError:
        if b"apikey" in content.lower() or b"api key" in content.lower():
            return _ASKS_FOR_KEY
        raise


_FORM = Form("CSV", CSV.accept, CSV.media_types | {"text/html"}, _decoded)


def _gate(names: Sequence[str]) -> str | None:
    missing = [name for name in _COLUMNS if name not in names]
    return f"has no column {missing[0]!r}" if missing else None


def _refusal(status: int, value: Any) -> CapbriefError | None:
    """What it says with status 200 instead of data."""
    if value == _ASKS_FOR_KEY:
        return BadAnswerError(
            "asks for an API key, so that the one that is set is not taken; get another at "
            "https://stooq.com/q/d/?s=amd.us&get_apikey, or switch the source off"
        )
    if isinstance(value, list) and len(value) == 1 and "daily hits limit" in value[0].lower():
        return QuotaError("its calls of the day are spent; run again tomorrow")
    return refusal(status, value)


def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Rows of one share's history, read and judged as a file of this layout that a user brings.

    Raises:
        SchemaError: the columns are others, or the closes are another share's.
    """
    ticker = origin.dataset.rpartition("/")[2]
    mapping = f'constants = {{ ticker = "{ticker}" }}\n{layouts.EQUITY_DAILY["Stooq"]}'
    return imports.parse(imports.EQUITY_DAILY, content, replace(origin, mapping=mapping))


def _review(ticker: str, past: Past, rows: Sequence[Rows]) -> None:
    """Refuse a history that became shorter, or whose basis can be told no more.

    After a split that is not listed yet the closes are on no known basis, and nothing could be
    joined with them: the history before it stays in use.

    Raises:
        QualityError: it is so.
    """
    earlier = past.payloads(f"daily/{ticker}")
    if earlier and rows and _notes(rows):
        entity = ENTITIES["equity_daily"]
        if not _notes([entity.parse(entity, content, origin) for content, origin in earlier]):
            raise QualityError(
                f"daily/{ticker}: on which basis of splits it stands cannot be told any more "
                f"({_notes(rows)[0]}); what was there before stays"
            )
    before = [content.count(b"\n") for content, _ in earlier]
    n_rows = sum(len(one.accepted) for one in rows)
    if before and rows and n_rows < _LEAST_LEFT * (sum(before) - 1):
        raise QualityError(
            f"daily/{ticker}: has {n_rows} days where it had {sum(before) - 1}; what was there "
            "before stays"
        )


def _notes(rows: Sequence[Rows]) -> list[str]:
    """Why a basis is unknown, where it is."""
    unknown = [one.accepted.filter(one.accepted["basis"] == "unknown") for one in rows]
    return [note or "" for one in unknown for note in one["basis_note"].unique().to_list()]


def _document(ticker: str) -> Document:
    return Document(
        dataset=f"daily/{ticker}",
        title=f"daily prices of {ticker}",
        entities=("equity_daily",),
        form=_FORM,
        gate=_gate,
        parameters={"s": f"{ticker.lower()}.us", "i": "d"},
        every_days=7,
        review=lambda past, rows: _review(ticker, past, rows),
    )


PUBLISHER = Publisher(
    name="stooq",
    title="Stooq",
    producer="Stooq",
    licence="no terms of redistribution found; for own use",
    url="https://stooq.com/q/d/l/",
    calls_per_minute=30,
    is_on=False,
    is_official=False,
    lacks=lacks,
    key_parameter="apikey",
    refusal=_refusal,
)

DOCUMENTS = tuple(_document(ticker) for ticker in TICKERS)

ENTITIES: Mapping[str, Entity] = {
    "equity_daily": Entity("equity_daily", shares.SCHEMA, shares.REQUIRED, parse)
}

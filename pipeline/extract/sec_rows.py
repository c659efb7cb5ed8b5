"""Rows of the SEC's company facts: revenue in US dollars, each figure of each filing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import SchemaError
from pipeline.extract import json_rows
from pipeline.extract.json_rows import AMOUNT, COUNT, DAY, TEXT, Field
from pipeline.source import Entity
from pipeline.strict_json import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.provenance import Provenance
    from pipeline.source import Rows

TICKERS: Mapping[int, str] = {2488: "AMD", 1045810: "NVDA"}
"""Shares by the number of their company (CIK)."""

TAGS = (
    "Revenues",
    "RevenueFromContractWithCustomerExcludingAssessedTax",
    "SalesRevenueNet",
)
"""Names that companies gave their revenue over the years."""

# ``fy`` and ``fp`` are those of the report that holds the figure, not of the figure's period.
_FIELDS = (
    Field("ticker", "ticker", TEXT, is_required=True),
    Field("cik", "cik", COUNT, is_required=True),
    Field("tag", "tag", TEXT, is_required=True),
    Field("start", "start", DAY, is_required=True),
    Field("end", "end", DAY, is_required=True),
    Field("val", "val", AMOUNT, is_required=True),
    Field("accn", "accn", TEXT, is_required=True),
    Field("fy", "fy", COUNT),
    Field("fp", "fp", TEXT),
    Field("form", "form", TEXT, is_required=True),
    Field("filed", "filed", DAY, is_required=True),
    Field("frame", "frame", TEXT),
)


def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Revenue figures of one company; other facts are left out.

    Raises:
        SchemaError: it is no document of company facts, or of another company.
    """
    items = list(_items(content))
    latest = origin.retrieved_at.replace(tzinfo=None)
    return json_rows.read(_FIELDS, items, latest=latest)


def _items(content: bytes) -> Iterator[Any]:
    try:
        document = decode(content)
    except ValueError as error:
        raise SchemaError(f"company facts: {error}") from error
    cik = document.get("cik") if isinstance(document, dict) else None
    if not isinstance(cik, int) or cik not in TICKERS:
        raise SchemaError(f"company facts: are of {cik!r}, not of AMD or NVDA")
    try:
        tags = document["facts"]["us-gaap"]
        figures = [(tag, tags[tag]["units"]["USD"]) for tag in TAGS if tag in tags]
    except (KeyError, TypeError) as error:
        raise SchemaError(f"company facts: have not the shape facts, us-gaap ({error})") from error
    if not figures or not all(isinstance(each, list) for _, each in figures):
        raise SchemaError("company facts: hold no list of revenue in USD")
    for tag, each in figures:
        for figure in each:
            about = {"ticker": TICKERS[cik], "cik": cik, "tag": tag}
            yield {**figure, **about} if isinstance(figure, dict) else figure


def new_fields(entity: Entity, content: bytes) -> list[str]:
    """Keys of figures that are not read."""
    known = {field.key for field in _FIELDS}
    keys = {key for item in _items(content) if isinstance(item, dict) for key in item}
    return sorted(keys - known)


ENTITIES: Mapping[str, Entity] = {
    "fact": Entity(
        "fact",
        {field.name: field.kind.dtype for field in _FIELDS},
        frozenset(field.name for field in _FIELDS if field.is_required),
        parse,
        new_fields,
    )
}

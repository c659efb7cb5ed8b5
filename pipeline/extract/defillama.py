"""DefiLlama: fees of networks by day, in USD; what each series leaves out, marts say.

The series come whole each time. A point stamped D 00:00 is of day D; the newest one is of a day
that goes on, and is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import SchemaError
from pipeline.extract.documents import Document, Publisher
from pipeline.extract.json_answers import (
    Shape,
    entity,
    finished,
    gate,
    listed,
    unchanged_past,
)
from pipeline.extract.json_rows import AMOUNT, MIDNIGHT, TEXT, Field, at_most

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.provenance import Provenance
    from pipeline.source import Entity

PUBLISHER = Publisher(
    name="defillama",
    title="DefiLlama",
    producer="DefiLlama",
    licence="interface public and keyless; terms of the data not stated",
    url="https://api.llama.fi",
    calls_per_minute=60,
)

_SLUGS = ("akash-network", "render-network", "aethir")


def _points(value: Any) -> Sequence[Any]:
    """The pairs of the chart as objects; what is no pair stays what it is."""
    points = listed(value, "totalDataChart")
    if not any(isinstance(point, list) and len(point) == 2 for point in points):
        raise SchemaError("'totalDataChart' has no pairs any more; a newer capbrief may read it")
    return [
        {"stamp": point[0], "usd": point[1]}
        if isinstance(point, list) and len(point) == 2
        else point
        for point in points
    ]


def _named(items: Sequence[Any], origin: Provenance) -> Sequence[Any]:
    slug = origin.dataset.removeprefix("fees/")
    chosen = finished("stamp")(items, origin)
    return [{**item, "slug": slug} if isinstance(item, dict) else item for item in chosen]


# No day of a network of this kind has come to a billion.
_FEE_DAY = Shape(
    fields=(
        Field("slug", "slug", TEXT, is_required=True),
        Field("fee_date", "stamp", MIDNIGHT, is_required=True, is_observed=True),
        Field("fees_usd", "usd", at_most(AMOUNT, 1e9), is_required=True),
    ),
    items=_points,
    choose=_named,
    key=("stamp",),
)

ENTITIES: Mapping[str, Entity] = {"fee_day": entity("fee_day", _FEE_DAY)}

DOCUMENTS: Sequence[Document] = tuple(
    Document(
        dataset=f"fees/{slug}",
        title=f"daily fees of {slug}",
        entities=("fee_day",),
        path=("summary", "fees", slug),
        parameters={"dataType": "dailyFees"},
        gate=gate("totalDataChart"),
        review=unchanged_past(
            ENTITIES["fee_day"], f"fees/{slug}", day="fee_date", value="fees_usd"
        ),
    )
    for slug in _SLUGS
)

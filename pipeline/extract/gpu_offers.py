"""Offers of GPUs by the hour, as catalogues list them: what the parsers of all have in common.

A price is for a whole instance, so the number of its GPUs is never guessed: a row that names a
GPU and not how many is rejected. Prices per GPU have bounds by model, far outside of what is
asked, so that cents or a price of eight GPUs taken for one are not believed.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import QualityError, SchemaError
from pipeline.extract.csv_rows import COUNT, POSITIVE, Kind
from pipeline.extract.table import table
from pipeline.form import CSV, FormError
from pipeline.source import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.provenance import Provenance
    from pipeline.source import Entity, Past

OFFER: Mapping[str, pl.DataType] = {
    "provider": pl.String(),
    "instance_name": pl.String(),
    "region": pl.String(),
    "gpu_name": pl.String(),
    "gpu_memory_gb": pl.Float64(),
    "interface": pl.String(),
    "gpu_count": pl.Float64(),
    "is_spot": pl.Boolean(),
    "usd_per_hour": pl.Float64(),
    "flags": pl.String(),
}
OFFER_REQUIRED = frozenset(
    {"provider", "instance_name", "gpu_name", "gpu_count", "is_spot", "usd_per_hour"}
)
CATALOGUE: Mapping[str, pl.DataType] = {
    "provider": pl.String(),
    "version": pl.String(),
    "n_rows": pl.Int64(),
    "n_gpu_rows": pl.Int64(),
    "asked_at": pl.Datetime("us"),
}
CATALOGUE_REQUIRED = frozenset(set(CATALOGUE) - {"version"})

_PARQUET = b"PAR1"

# USD per GPU-hour, least and most, by how the model's name begins; the first that fits.
_BANDS: Sequence[tuple[str, float, float]] = (
    ("gb[23]00|b[123]00", 0.3, 60),
    ("h[128]00|h20|gh200", 0.2, 25),
    ("mi ?3[0-9]{2}", 0.2, 30),
    ("a[18]00", 0.1, 20),
    ("l40s?|a40|a6000|rtx ?a?6000|rtx ?pro ?[0-9]*", 0.05, 15),
    ("[rg]tx ?[0-9]{4}", 0.01, 8),
    ("l4|t4|a10g?|a16|a30|v100|p100|p4|k80|m60|a[245][05]00", 0.01, 15),
)
_ANY_BAND = (0.003, 100.0)
# Their rows are of slices of many chips.
_TPU = r"^(?:tpu|v[2-9](?:e|p|i|x|litepod)?[0-9-]*$)"

# The form of a board, where the name of an instance tells it, or its family has no other.
_SAID: Sequence[tuple[str, str]] = (
    (r"sxm([2-6])?", "SXM"),
    (r"pcie", "PCIe"),
    (r"nvl(?!ink)", "NVL"),
    (r"hbm3(?!e)", "SXM"),
)
_FAMILIES: Mapping[str, Sequence[tuple[str, str]]] = {
    "aws": ((r"p3", "SXM2"), (r"p4|p5|p6-b", "SXM")),
    "azure": (
        (r"(?:standard_)?nd[0-9]+r?s_v2", "SXM2"),
        (r"(?:standard_)?nd[0-9]", "SXM"),
        (r"(?:standard_)?nc[0-9]+.*(?:a100|h100|t4)_v|(?:standard_)?nc[0-9]+r?s_v3", "PCIe"),
    ),
    "gcp": ((r"a[23]-|a4-", "SXM"),),
    "oci": ((r"bm\.gpu3", "SXM2"), (r"bm\.gpu4|bm\.gpu\.(?:a100|h100|h200|b200|b300)", "SXM")),
    # DataCrunch, as it was: 1H100.80S.32V is of one SXM board of 80 GB.
    "verda": ((r"[0-9]+[a-z]+[0-9]+\.[0-9]+s\.", "SXM"), (r"[0-9]+a100\.[0-9]+v", "SXM")),
}


def _pieces(text: pl.Series) -> pl.Series:
    values = COUNT.read(text)
    return values.set(values < 1, None).cast(pl.Float64())


def _yes_no(text: pl.Series) -> pl.Series:
    return text.str.to_lowercase().replace_strict(
        {"true": True, "false": False}, default=None, return_dtype=pl.Boolean()
    )


PIECES = Kind(pl.Float64(), "a whole number from 1 on", _pieces)
YES_NO = Kind(pl.Boolean(), "True or False", _yes_no)
PRICE = Kind(pl.Float64(), "a plain number of USD above 0", POSITIVE.read)


def is_of_gpu(names: pl.Series, counts: pl.Series) -> pl.Series:
    """Rows that speak of a GPU: they name one, or count some. All others are of CPUs alone."""
    count = counts.str.strip_chars()
    is_counted = ~count.is_in(["", "0", "0.0"])
    return (names.str.strip_chars() != "") | is_counted


def band_reasons(names: pl.Series, usd_per_gpu_hour: pl.Series) -> pl.Series:
    """A reason for each price of one GPU-hour that cannot be one of its model, else null."""
    frame = pl.DataFrame({"name": names, "usd": usd_per_gpu_hour})
    plain = pl.col("name").str.to_lowercase().str.replace_all("[^a-z0-9]+", " ")
    plain = plain.str.replace("^(?:nvidia |amd )?(?:tesla |geforce |instinct )?", "")
    reason = _off_band(pl.lit(value=True), *_ANY_BAND, pl.lit(None, dtype=pl.String()))
    for pattern, least, most in reversed(_BANDS):
        reason = _off_band(plain.str.contains(f"^(?:{pattern})(?:[^0-9]|$)"), least, most, reason)
    is_tpu = pl.col("name").str.to_lowercase().str.contains(_TPU)
    reason = pl.when(~is_tpu).then(reason)
    return frame.select(reason.alias("reason")).to_series()


def _off_band(is_of: pl.Expr, least: float, most: float, otherwise: pl.Expr) -> pl.Expr:
    text = pl.format(
        f"price: {{}} USD per hour of one {{}} is not from {least:g} to {most:g}",
        pl.col("usd").round(4),
        pl.col("name"),
    )
    is_off = (pl.col("usd") < least) | (pl.col("usd") > most)
    return pl.when(is_of).then(pl.when(is_off).then(text)).otherwise(otherwise)


def interface(provider: str, *names: str | None) -> str | None:
    """The form of a board as the names say it, the instance's first; null: they do not."""
    texts = [name.lower() for name in names if name]
    for text in texts:
        for pattern, form in _SAID:
            if found := re.search(pattern, text):
                return form + (found[1] or "" if form == "SXM" and found.lastindex else "")
    families = _FAMILIES.get(provider, ())
    for pattern, form in families:
        if texts and re.match(pattern, texts[0]):
            return form
    return None


def with_interface(offers: pl.DataFrame, provider: str, *columns: str) -> pl.DataFrame:
    """Offers with the column ``interface``, from what these columns of theirs say."""
    kinds = offers.select(columns).unique(maintain_order=True)
    forms = [interface(provider, *row) for row in kinds.iter_rows()]
    return offers.join(
        kinds.with_columns(interface=pl.Series(forms, dtype=pl.String())),
        on=list(columns),
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )


def text_of(content: bytes, what: str) -> bytes:
    """The bytes of a CSV file, as they are.

    Raises:
        SchemaError: they are none.
    """
    try:
        CSV.decode(content)
    except FormError as error:
        raise SchemaError(f"{what}: {error}") from error
    # The reader of tables takes these for typed columns.
    if content.startswith(_PARQUET):
        raise SchemaError(f"{what}: is a Parquet file, not CSV")
    return content


def catalogue(
    origin: Provenance, content: bytes, name_key: str, count_key: str, version: str | None = None
) -> Rows:
    """One row: how much there is in a catalogue, and how much of it is of GPUs.

    Raises:
        SchemaError: it is no CSV file with these columns.
    """
    given = table(content, ",", [name_key, count_key]).columns
    is_gpu = is_of_gpu(given[name_key], given[count_key])
    found = {
        "provider": [provider_of(origin)],
        "version": [version],
        "n_rows": [len(given)],
        "n_gpu_rows": [int(is_gpu.sum())],
        "asked_at": [origin.retrieved_at.replace(tzinfo=None)],
    }
    return Rows(pl.DataFrame(found, schema=dict(CATALOGUE)), nothing_rejected())


def nothing_rejected() -> pl.DataFrame:
    """No rejected rows."""
    kinds = {"row_number": pl.Int64(), "reason": pl.String(), "row_json": pl.String()}
    return pl.DataFrame(schema=kinds)


def provider_of(origin: Provenance) -> str:
    """Whose catalogue a data set is: ``catalog/aws/offer`` is that of aws."""
    return origin.dataset.removeprefix("catalog/").partition("/")[0]


# --- What a new catalogue is compared with -----------------------------------------------------

_MOST_MOVED = 1.5
_MOST_MOVED_SHARE = 0.3
_FEW_MODELS = 1
_MOST_GONE_SHARE = 0.5
# A level that lasts is the price, and no error in a unit.
_STANDS_AFTER = timedelta(days=7)
_NAMED = 4


def review(offer: Entity, dataset: str) -> Callable[[Past, Sequence[Rows]], None]:
    """How the catalogue of a data set is judged beside the one before."""
    return partial(_review, offer, dataset)


def _review(offer: Entity, dataset: str, past: Past, rows: Sequence[Rows]) -> None:
    """Refuse a catalogue without a price on demand, or that changed as no market does.

    Raises:
        QualityError: there is no offer of a GPU on demand; or within a week the medians of over
            30 % of the models (two at least) moved by over half, as with cents, another currency,
            or prices of instances where those of GPUs stood; or over half of the models (two at
            least) are gone, as when collecting broke off.
    """
    offers = rows[0].accepted
    if offers.filter(~pl.col("is_spot")).is_empty():
        raise QualityError(
            f"{dataset}: has no price of a GPU on demand. What was there before stays"
        )
    before = past.payloads(f"{dataset}/{offer.name}")
    if not before:
        return
    content, origin = before[0]
    asked_at = rows[1].accepted["asked_at"][0]
    if asked_at - origin.retrieved_at.replace(tzinfo=None) > _STANDS_AFTER:
        return
    old, new = (_medians(one) for one in (offer.parse(offer, content, origin).accepted, offers))
    both = sorted(old.keys() & new.keys())
    moved = [one for one in both if not 1 / _MOST_MOVED <= new[one] / old[one] <= _MOST_MOVED]
    if len(moved) > max(_FEW_MODELS, _MOST_MOVED_SHARE * len(both)):
        changes = [f"{_title(one)} {old[one]:g} to {new[one]:g}" for one in moved]
        finding = f"{len(moved)} of {len(both)} medians of USD per GPU-hour moved by over half"
        raise _refusal(dataset, finding, changes)
    gone = sorted(old.keys() - new.keys())
    if len(gone) > max(_FEW_MODELS, _MOST_GONE_SHARE * len(old)):
        finding = f"{len(gone)} of {len(old)} models are gone"
        raise _refusal(dataset, finding, [_title(one) for one in gone])


def _title(model: _Model) -> str:
    name, _, is_spot = model
    return f"{name} spot" if is_spot else name


def _refusal(dataset: str, finding: str, changes: Sequence[str]) -> QualityError:
    listed = "; ".join(changes[:_NAMED])
    rest = f"; and {len(changes) - _NAMED} more" if len(changes) > _NAMED else ""
    return QualityError(
        f"{dataset}: {finding}: {listed}{rest}. What was there before stays; what lasts is taken "
        f"{_STANDS_AFTER.days} days after it"
    )


_Model = tuple[str, float, bool]


def _medians(offers: pl.DataFrame) -> dict[_Model, float]:
    """Median of USD per GPU-hour by model, memory (-1: not said) and kind of price."""
    medians = offers.group_by("gpu_name", pl.col("gpu_memory_gb").fill_null(-1.0), "is_spot").agg(
        (pl.col("usd_per_hour") / pl.col("gpu_count")).median().alias("usd")
    )
    return {(name, memory, spot): usd for name, memory, spot, usd in medians.iter_rows()}

"""SkyPilot's catalogue: what the clouds that it knows ask for their instances, a file for each.

It stands in for providers of which dstack has nothing that day. Google Cloud is left out: its
file prices accelerators apart from the machines that they need, and unknown prices of TPUs as 700
USD. Rows of CPU instances, and of accelerators without an instance, are no offers.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.errors import SchemaError
from pipeline.extract import csv_rows, gpu_offers
from pipeline.extract.csv_rows import AMOUNT, POSITIVE, TEXT, Field
from pipeline.extract.documents import Document, Publisher
from pipeline.extract.gpu_offers import PRICE
from pipeline.form import CSV
from pipeline.source import Entity, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.provenance import Provenance

PUBLISHER = Publisher(
    name="skypilot",
    title="SkyPilot catalogue",
    producer="SkyPilot",
    licence="licence of the published prices not stated; SkyPilot itself is Apache-2.0",
    url="https://raw.githubusercontent.com",
    calls_per_minute=120,
)
CLOUDS = (
    "aws",
    "cudo",
    "daytona",
    "hyperbolic",
    "hyperstack",
    "jarvislabs",
    "lambda",
    "lium",
    "mithril",
    "nebius",
    "oci",
    "primeintellect",
    "runpod",
    "seeweb",
    "shadeform",
    "spheron",
    "vast",
    "verda",
    "yotta",
)
FIELDS = (
    Field("instance_name", ("InstanceType",), TEXT, is_required=True),
    Field("accelerator", ("AcceleratorName",), TEXT, is_required=True),
    # Halves and eighths of a GPU are instances, too.
    Field("gpu_count", ("AcceleratorCount",), POSITIVE, is_required=True),
    Field("price", ("Price",), PRICE),
    Field("region", ("Region",), TEXT),
    Field("info", ("GpuInfo",), TEXT, is_present=False),
    # Where there is none, some clouds write 0.
    Field("spot_price", ("SpotPrice",), AMOUNT, is_present=False),
)
_UNREAD = ("vCPUs", "MemoryGiB", "AvailabilityZone", "Arch", "UpstreamCloudId")

_LONGEST_INFO = 2000
_DEEPEST_INFO = 8
# Of these, SizeInMiB is that of all GPUs of the instance together.
_SUMMED = frozenset({"primeintellect", "vast"})
# No GPU has less than 1 GiB, nor more than this: a smaller number is one of GiB.
_LEAST_MIB = 1024
_MOST_GIB = 450
_NO_INFO: tuple[str | None, float | None] = (None, None)


def _is_offer(cells: pl.DataFrame) -> pl.Series:
    """Rows of GPUs that say with which instance; an accelerator alone is no offer."""
    is_of_gpu = gpu_offers.is_of_gpu(cells["accelerator"], cells["gpu_count"])
    return is_of_gpu & (cells["instance_name"].str.strip_chars() != "")


def _judge(typed: pl.DataFrame) -> pl.Series:
    """A reason where a row has no price, or one that cannot be one of its model."""
    spot = typed["spot_price"].set(typed["spot_price"] == 0, None)
    names, count = typed["accelerator"], typed["gpu_count"]
    # Of parts of a GPU it is not known what share of its price they are.
    reasons = [
        gpu_offers.band_reasons(names, (price / count).set(count < 1, None))
        for price in (typed["price"], spot)
    ]
    has_none = typed["price"].is_null() & spot.is_null()
    return pl.select(
        pl.when(pl.lit(has_none)).then(pl.lit("has no price")).otherwise(pl.coalesce(reasons))
    ).to_series()


def gpu_info(text: str | None, cloud: str, count: float) -> tuple[str | None, float | None]:
    """Name and memory (GB, as vendors count them) of one GPU, from the cell GpuInfo.

    It is a literal of Python or JSON, and never evaluated as code. SizeInMiB is the memory of one
    GPU on most clouds, in GB on some, and of all together on two; TotalGpuMemoryInMiB is the sum,
    or one GPU's, or the sum counted twice. So SizeInMiB is read, by cloud; nothing is read where
    GPUs of several kinds are listed.
    """
    found = _literal(text) if text is not None else None
    gpus = found.get("Gpus") if isinstance(found, dict) else None
    if not isinstance(gpus, list) or len(gpus) != 1 or not isinstance(gpus[0], dict):
        return _NO_INFO
    name = gpus[0].get("Name")
    memory = gpus[0].get("MemoryInfo")
    size = memory.get("SizeInMiB") if isinstance(memory, dict) else None
    return name if isinstance(name, str) else None, _gigabytes(size, cloud, count)


def _gigabytes(size: Any, cloud: str, count: float) -> float | None:
    if type(size) not in (int, float) or not size > 0:
        return None
    one = size / count if cloud in _SUMMED and count >= 1 else float(size)
    gib = one if one < _LEAST_MIB else one / 1024
    return round(gib, 2) if gib <= _MOST_GIB else None


@lru_cache(maxsize=4096)
def _literal(text: str) -> Any:
    """The value of a literal within bounds; null where it is none."""
    if len(text) > _LONGEST_INFO:
        return None
    depth = deepest = 0
    for mark in text:
        depth += (mark in "([{") - (mark in ")]}")
        deepest = max(deepest, depth)
    if deepest > _DEEPEST_INFO:
        return None
    # One cloud writes Python with the null of JSON.
    plain = text.replace(": null", ": None")
    try:
        return ast.literal_eval(plain)
    # What the parser of Python has against a text; a chain of signs is too deep for it.
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _offers(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Offers of GPUs, a row for each kind of price; equal ones once.

    Raises:
        SchemaError: it is no catalogue.
    """
    cloud = gpu_offers.provider_of(origin)
    gpu_offers.text_of(content, f"catalogue of {cloud}")
    try:
        read = csv_rows.read(FIELDS, content, ours=_is_offer, judge=_judge)
    except SchemaError as error:
        raise SchemaError(f"catalogue of {cloud}: {error}") from error
    wide = read.accepted.unique(maintain_order=True)
    infos = [
        gpu_info(text, cloud, count) for text, count in wide.select("info", "gpu_count").iter_rows()
    ]
    wide = wide.with_columns(
        provider=pl.lit(cloud),
        info_name=pl.Series([name for name, _ in infos], dtype=pl.String()),
        gpu_memory_gb=pl.Series([memory for _, memory in infos], dtype=pl.Float64()),
        flags=pl.lit(None, dtype=pl.String()),
    )
    wide = gpu_offers.with_interface(wide, cloud, "instance_name", "accelerator", "info_name")
    on_demand = wide.with_columns(is_spot=pl.lit(value=False), usd_per_hour=pl.col("price"))
    spot = wide.with_columns(is_spot=pl.lit(value=True), usd_per_hour=pl.col("spot_price"))
    offers = pl.concat([on_demand, spot]).filter(pl.col("usd_per_hour") > 0)
    offers = offers.rename({"accelerator": "gpu_name"}).select(*entity.schema)
    return Rows(offers.unique(maintain_order=True), read.rejected)


def _catalogue(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """How much there is.

    Raises:
        SchemaError: it is no catalogue.
    """
    cloud = gpu_offers.provider_of(origin)
    gpu_offers.text_of(content, f"catalogue of {cloud}")
    flaw = csv_rows.gate(FIELDS)(CSV.decode(content))
    if flaw:
        raise SchemaError(f"catalogue of {cloud}: {flaw}")
    return gpu_offers.catalogue(origin, content, "AcceleratorName", "AcceleratorCount")


OFFER = Entity(
    "offer",
    gpu_offers.OFFER,
    gpu_offers.OFFER_REQUIRED,
    _offers,
    lambda entity, content: csv_rows.unread(FIELDS, content, _UNREAD),
    dated_by="known_at",
)
CATALOGUE = Entity("catalogue", gpu_offers.CATALOGUE, gpu_offers.CATALOGUE_REQUIRED, _catalogue)
ENTITIES: Mapping[str, Entity] = {entity.name: entity for entity in (OFFER, CATALOGUE)}

DOCUMENTS: Sequence[Document] = tuple(
    Document(
        dataset=f"catalog/{cloud}",
        title=f"instances of {cloud}",
        entities=(OFFER.name, CATALOGUE.name),
        path=("skypilot-org", "skypilot-catalog", "master", "catalogs", "v8", cloud, "vms.csv"),
        form=CSV,
        gate=csv_rows.gate(FIELDS),
        is_observation=True,
        review=gpu_offers.review(OFFER, f"catalog/{cloud}"),
    )
    for cloud in CLOUDS
)

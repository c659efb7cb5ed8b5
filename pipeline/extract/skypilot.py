"""SkyPilot's catalogue of machines and their prices, one CSV file a cloud.

Its memory column is that of one GPU for some clouds and of all of them for others, so it is not
read: SkyPilot's own names say the memory where it matters (A100, A100-80GB).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pipeline.extract import offers
from pipeline.extract.csv_rows import AMOUNT, TEXT, Field, gate, read
from pipeline.extract.documents import Document, Publisher
from pipeline.form import CSV
from pipeline.source import Entity, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.provenance import Provenance

PUBLISHER = Publisher(
    name="skypilot",
    title="SkyPilot catalogue",
    producer="SkyPilot",
    licence="not stated for the prices, which are the providers' own; see the repository",
    url="https://raw.githubusercontent.com/skypilot-org/skypilot-catalog/master/catalogs/v8",
    calls_per_minute=30,
)

CLOUDS = (
    *("aws", "cudo", "gcp", "hyperbolic", "hyperstack", "jarvislabs", "lambda", "lium"),
    *("mithril", "nebius", "oci", "primeintellect", "runpod", "seeweb", "shadeform"),
    *("spheron", "vast", "verda", "yotta"),
)

FIELDS = (
    Field("instance_name", ("InstanceType",), TEXT),
    Field("gpu_name", ("AcceleratorName",), TEXT),
    Field("gpu_count", ("AcceleratorCount",), AMOUNT),
    Field("region", ("Region",), TEXT),
    Field("on_demand", ("Price",), AMOUNT),
    Field("spot", ("SpotPrice",), AMOUNT, is_present=False),
)

_RENAMED = {"lambda": "lambdalabs"}


def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Offers of a cloud: a row has two where it gives both prices; a price of 0 is none.

    Machines without a GPU, with a part of one, or without a name (Google's TPUs, which are sold
    apart from machines) are left out.

    Raises:
        SchemaError: the file has not its columns.
    """
    cloud = offers.provider_of(origin.dataset)
    rows = read(
        FIELDS,
        content,
        checks=(
            (
                pl.col("gpu_name").is_not_null() & pl.col("gpu_count").is_null(),
                "AcceleratorCount: is required with a GPU",
            ),
            offers.unbelievable("on_demand", "gpu_count"),
            offers.unbelievable("spot", "gpu_count"),
        ),
    )
    whole = rows.accepted.filter(
        (pl.col("gpu_count") >= 1)
        & (pl.col("gpu_count").floor() == pl.col("gpu_count"))
        & pl.col("gpu_name").is_not_null()
        & pl.col("instance_name").is_not_null()
    )
    offered = whole.with_columns(gpu_memory_gb=pl.lit(None, dtype=pl.Float64())).unpivot(
        on=["on_demand", "spot"],
        index=["instance_name", "gpu_name", "gpu_count", "region", "gpu_memory_gb"],
        variable_name="pricing",
        value_name="price_usd_per_hour",
    )
    priced = offered.filter(pl.col("price_usd_per_hour") > 0)
    return offers.as_offers(replace(rows, accepted=priced), _RENAMED.get(cloud, cloud))


OFFER = Entity("offer", offers.SCHEMA, offers.REQUIRED, parse, dated_by="known_at")

ENTITIES: Mapping[str, Entity] = {OFFER.name: OFFER}


def _document(cloud: str) -> Document:
    dataset = f"vms/{cloud}"
    return Document(
        dataset=dataset,
        title=f"machines of {cloud}",
        entities=(OFFER.name,),
        path=(cloud, "vms.csv"),
        form=CSV,
        gate=gate(FIELDS),
        is_observation=True,
        review=partial(offers.review, OFFER, dataset),
    )


DOCUMENTS = tuple(_document(cloud) for cloud in CLOUDS)

"""dstack: its published catalogues of what cloud providers ask for machines with GPUs.

Each provider's catalogue is published on its own, under a version that a small text names
(https://github.com/dstackai/gpuhunt, format v3): a zip archive with one CSV file.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import SchemaError
from pipeline.extract import offers
from pipeline.extract.csv_rows import AMOUNT, FLAG, POSITIVE, TEXT, Field, gate, read
from pipeline.extract.documents import Document, Publisher
from pipeline.form import CSV, LINE, ZIP, FormError, members
from pipeline.source import Entity, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.http import Answer
    from pipeline.provenance import Provenance
    from pipeline.source import Get

PUBLISHER = Publisher(
    name="dstack",
    title="dstack GPU catalogue",
    producer="dstack",
    licence="not stated for the prices, which are the providers' own; program gpuhunt: MPL-2.0",
    url="https://dstack-gpu-pricing.s3.eu-west-1.amazonaws.com/v3",
    calls_per_minute=60,
)

PROVIDERS = (
    *("aws", "azure", "cloudrift", "gcp", "lambdalabs", "nebius", "oci", "runpod", "verda"),
)

FIELDS = (
    Field("instance_name", ("instance_name",), TEXT, is_required=True),
    Field("region", ("location",), TEXT),
    Field("price_usd_per_hour", ("price",), POSITIVE),
    Field("gpu_count", ("gpu_count",), AMOUNT, is_required=True),
    Field("gpu_name", ("gpu_name",), TEXT),
    Field("gpu_memory_gb", ("gpu_memory",), AMOUNT),
    Field("is_spot", ("spot",), FLAG),
)
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,63}")


def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Offers of a catalogue; machines without a GPU are left out.

    Raises:
        SchemaError: the archive has not the one file it is to have, or that has not its columns.
    """
    provider = offers.provider_of(origin.dataset)
    try:
        files = members(content)
    except FormError as error:
        raise SchemaError(f"{origin.dataset}: {error}") from error
    if f"{provider}.csv" not in files:
        found = ", ".join(sorted(files)[:3]) or "nothing"
        raise SchemaError(f"{origin.dataset}: the archive has no {provider}.csv, but {found}")
    has_gpu = pl.col("gpu_count") > 0
    rows = read(
        FIELDS,
        files[f"{provider}.csv"],
        checks=(
            (has_gpu & pl.col("gpu_name").is_null(), "gpu_name: is required with a GPU"),
            (has_gpu & pl.col("price_usd_per_hour").is_null(), "price: is required"),
            (pl.col("gpu_count").floor() != pl.col("gpu_count"), "gpu_count: is no whole number"),
            offers.unbelievable("price_usd_per_hour", "gpu_count"),
        ),
    )
    priced = rows.accepted.filter(has_gpu).with_columns(
        pricing=pl.when("is_spot").then(pl.lit("spot")).otherwise(pl.lit("on_demand"))
    )
    return offers.as_offers(replace(rows, accepted=priced), provider)


OFFER = Entity("offer", offers.SCHEMA, offers.REQUIRED, parse, dated_by="known_at")

ENTITIES: Mapping[str, Entity] = {OFFER.name: OFFER}


def _is_version(value: str) -> str | None:
    return None if _VERSION.fullmatch(value) else "is no version of a catalogue"


def _has_catalogue(provider: str, value: Mapping[str, bytes]) -> str | None:
    file = value.get(f"{provider}.csv")
    if file is None:
        return f"has no {provider}.csv"
    return gate(FIELDS)(CSV.decode(file))


def _fetch(provider: str, get: Get) -> Sequence[Answer]:
    version = get((provider, "version"), {}, gate=_is_version, form=LINE)
    path = (provider, version.value, "catalog.zip")
    return [get(path, {}, gate=partial(_has_catalogue, provider), form=ZIP)]


def _document(provider: str) -> Document:
    dataset = f"catalog/{provider}"
    return Document(
        dataset=dataset,
        title=f"offers of {provider}",
        entities=(OFFER.name,),
        is_observation=True,
        calls=2,
        fetch=partial(_fetch, provider),
        review=partial(offers.review, OFFER, dataset),
    )


DOCUMENTS = tuple(_document(provider) for provider in PROVIDERS)

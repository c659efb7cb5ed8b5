"""dstack: the catalogue of offers that its tool gpuhunt collects, a file for each provider.

A short text names the newest version; the file of that version is a zip archive with one CSV
file. Only the archive is kept: its address has the version. It is made anew every hour.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.errors import SchemaError
from pipeline.extract import csv_rows, gpu_offers
from pipeline.extract.csv_rows import AMOUNT, TEXT, Field
from pipeline.extract.documents import Document, Publisher
from pipeline.extract.gpu_offers import PIECES, PRICE, YES_NO
from pipeline.form import CSV, LINE, ZIP, FormError, members
from pipeline.source import Entity, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.http import Answer
    from pipeline.provenance import Provenance
    from pipeline.source import Get

PUBLISHER = Publisher(
    name="dstack",
    title="dstack GPU pricing",
    producer="dstack",
    licence="licence of the published prices not stated; the collecting tool gpuhunt is MPL-2.0",
    url="https://dstack-gpu-pricing.s3.eu-west-1.amazonaws.com",
    calls_per_minute=120,
)
# Those that are collected for all; others are asked live by gpuhunt itself, some with a key.
PROVIDERS = (
    "aws",
    "azure",
    "cloudrift",
    "gcp",
    "lambdalabs",
    "nebius",
    "oci",
    "runpod",
    "verda",
)
FIELDS = (
    Field("instance_name", ("instance_name",), TEXT, is_required=True),
    Field("region", ("location",), TEXT, is_required=True),
    Field("usd_per_hour", ("price",), PRICE, is_required=True),
    Field("gpu_count", ("gpu_count",), PIECES, is_required=True),
    Field("gpu_name", ("gpu_name",), TEXT, is_required=True),
    Field("gpu_memory_gb", ("gpu_memory",), AMOUNT),
    Field("is_spot", ("spot",), YES_NO, is_required=True),
    Field("flags", ("flags",), TEXT, is_present=False),
)
# Columns that are known and not read.
_UNREAD = ("cpu", "memory", "disk_size", "gpu_vendor", "cpu_arch", "provider_data")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(?:\.[A-Za-z0-9_-]{1,63}){0,7}")


def _is_of_gpu(cells: pl.DataFrame) -> pl.Series:
    return gpu_offers.is_of_gpu(cells["gpu_name"], cells["gpu_count"])


def _judge(typed: pl.DataFrame) -> pl.Series:
    return gpu_offers.band_reasons(typed["gpu_name"], typed["usd_per_hour"] / typed["gpu_count"])


def _member(content: bytes, provider: str) -> bytes:
    """The CSV file of a catalogue.

    Raises:
        SchemaError: it is no zip archive, or has not the file of its provider.
    """
    try:
        files = members(content)
    except FormError as error:
        raise SchemaError(f"catalogue of {provider}: {error}") from error
    name = f"{provider}.csv"
    if name not in files:
        raise SchemaError(f"catalogue of {provider}: holds no file {name!r}")
    return gpu_offers.text_of(files[name], name)


def _offers(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Offers of GPUs; equal ones once, and those of CPUs left out.

    Raises:
        SchemaError: it is no catalogue.
    """
    provider = gpu_offers.provider_of(origin)
    try:
        read = csv_rows.read(FIELDS, _member(content, provider), ours=_is_of_gpu, judge=_judge)
    except SchemaError as error:
        raise SchemaError(f"{provider}: {error}") from error
    offers = read.accepted.with_columns(
        provider=pl.lit(provider),
        # Where it is not known, gpuhunt writes 0.
        gpu_memory_gb=pl.when(pl.col("gpu_memory_gb") > 0).then(pl.col("gpu_memory_gb")),
    )
    offers = gpu_offers.with_interface(offers, provider, "instance_name", "gpu_name")
    return Rows(offers.select(*entity.schema).unique(maintain_order=True), read.rejected)


def _catalogue(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """How much there is, and the version that the address names.

    Raises:
        SchemaError: it is no catalogue.
    """
    provider = gpu_offers.provider_of(origin)
    version = origin.url.partition("?")[0].split("/")[-2:-1]
    member = _member(content, provider)
    flaw = csv_rows.gate(FIELDS)(CSV.decode(member))
    if flaw:
        raise SchemaError(f"{provider}: {flaw}")
    return gpu_offers.catalogue(
        origin, member, "gpu_name", "gpu_count", version[0] if version else None
    )


def _new_fields(entity: Entity, content: bytes) -> Sequence[str]:
    return [
        name
        for member in members(content).values()
        for name in csv_rows.unread(FIELDS, member, _UNREAD)
    ]


OFFER = Entity(
    "offer",
    gpu_offers.OFFER,
    gpu_offers.OFFER_REQUIRED,
    _offers,
    _new_fields,
    dated_by="known_at",
)
CATALOGUE = Entity("catalogue", gpu_offers.CATALOGUE, gpu_offers.CATALOGUE_REQUIRED, _catalogue)
ENTITIES: Mapping[str, Entity] = {entity.name: entity for entity in (OFFER, CATALOGUE)}


def version_flaw(line: str) -> str | None:
    """What is wrong with the name of a version: it becomes a part of an address."""
    if _VERSION.fullmatch(line):
        return None
    return "is no name of a version (letters, digits, and . _ - within)"


def _archive_flaw(provider: str) -> Callable[[Any], str | None]:
    def judge(files: Mapping[str, bytes]) -> str | None:
        member = files.get(f"{provider}.csv")
        if member is None:
            return f"holds no file '{provider}.csv'"
        try:
            return csv_rows.gate(FIELDS)(CSV.decode(member))
        except FormError as error:
            return f"its file '{provider}.csv' {error}"

    return judge


def _fetch(provider: str) -> Callable[[Get], Sequence[Answer]]:
    def fetch(get: Get) -> Sequence[Answer]:
        named = get(("v3", provider, "version"), {}, gate=version_flaw, form=LINE)
        path = ("v3", provider, named.value, "catalog.zip")
        return [get(path, {}, gate=_archive_flaw(provider), form=ZIP)]

    return fetch


DOCUMENTS = tuple(
    Document(
        dataset=f"catalog/{provider}",
        title=f"offers of {provider}",
        entities=(OFFER.name, CATALOGUE.name),
        path=("v3", provider),
        is_observation=True,
        calls=2,
        fetch=_fetch(provider),
        review=gpu_offers.review(OFFER, f"catalog/{provider}"),
    )
    for provider in PROVIDERS
)

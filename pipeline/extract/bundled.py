"""Bundled editions: dated data sets that ship with the package.

An edition is a folder of ``editions/`` with CSV files and an ``edition.toml`` that gives for
each file its entity, SHA-256, publication date, citation and licence, and when its rows
became known.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline import resources
from pipeline.errors import DefinitionError, PayloadError
from pipeline.extract.bundled_rows import entity as _entity
from pipeline.extract.bundled_rows import parse_edition
from pipeline.provenance import KnownAt, Provenance
from pipeline.source import About, Entity, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pipeline.source import Fetched, Gap, Get, Past, Wanted

_TEXT, _NUMBER, _COUNT = pl.String(), pl.Float64(), pl.Int64()
_DAY, _FLAG = pl.Date(), pl.Boolean()


_INTERVAL_UNITS = {"units_p05": _COUNT, "units_p50": _COUNT, "units_p95": _COUNT}
_INTERVAL_H100E = {"h100e_p05": _NUMBER, "h100e_p50": _NUMBER, "h100e_p95": _NUMBER}

RETIRED = frozenset({("bundled", "event")})
"""What earlier editions had, and others have now: their payloads are kept, and not loaded."""

ENTITIES: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity(
            "edition",
            {"edition_id": _TEXT, "title": _TEXT, "edition_date": _DAY, "description": _TEXT},
            frozenset({"edition_id", "title", "edition_date"}),
            parse_edition,
        ),
        _entity(
            "token_daily",
            "coin_id date close_usd",
            coin_id=_TEXT,
            symbol=_TEXT,
            date=_DAY,
            close_usd=_NUMBER,
            market_cap_usd=_NUMBER,
            volume_usd=_NUMBER,
            source=_TEXT,
        ),
        _entity(
            "token_monthly",
            "coin_id date price_usd",
            coin_id=_TEXT,
            symbol=_TEXT,
            name=_TEXT,
            date=_DAY,
            price_usd=_NUMBER,
            market_cap_usd=_NUMBER,
            circulating_supply=_NUMBER,
            volume_24h_usd=_NUMBER,
            cmc_rank=_COUNT,
        ),
        _entity(
            "universe_member",
            "universe_id coin_id",
            universe_id=_TEXT,
            coin_id=_TEXT,
            note=_TEXT,
        ),
        _entity(
            "gpu_spec",
            "gpu_key vendor",
            gpu_key=_TEXT,
            vendor=_TEXT,
            architecture=_TEXT,
            bf16_dense_tflops=_NUMBER,
            fp16_dense_tflops=_NUMBER,
            fp8_dense_tflops=_NUMBER,
            fp4_dense_tflops=_NUMBER,
            int8_dense_tops=_NUMBER,
            memory_gb=_NUMBER,
            memory_bandwidth_gb_s=_NUMBER,
            tdp_w=_NUMBER,
            form_factor=_TEXT,
            note=_TEXT,
            traced_through=_TEXT,
            published_date=_DAY,
        ),
        _entity(
            "gpu_alias",
            "alias",
            alias=_TEXT,
            memory_gb=_NUMBER,
            interface=_TEXT,
            source=_TEXT,
            gpu_key=_TEXT,
            note=_TEXT,
        ),
        _entity(
            "shipped_cumulative",
            "quarter_end units_p50 h100e_p50",
            quarter_end=_DAY,
            **_INTERVAL_UNITS,
            **_INTERVAL_H100E,
        ),
        _entity(
            "shipped_chip_quarter",
            "chip quarter_start quarter_end units_p50 incomplete",
            chip=_TEXT,
            quarter_start=_DAY,
            quarter_end=_DAY,
            **_INTERVAL_UNITS,
            **_INTERVAL_H100E,
            incomplete=_FLAG,
        ),
        _entity(
            "owned_cumulative",
            "owner quarter_end units_p50 h100e_p50",
            owner=_TEXT,
            quarter_end=_DAY,
            **_INTERVAL_H100E,
            **_INTERVAL_UNITS,
        ),
        _entity(
            "owned_chip_cumulative",
            "owner chip quarter_end units_p50",
            owner=_TEXT,
            chip=_TEXT,
            quarter_end=_DAY,
            **_INTERVAL_UNITS,
            **_INTERVAL_H100E,
        ),
        _entity(
            "shipment_by_customer",
            "period buyer chip units_estimate",
            period=_TEXT,
            buyer=_TEXT,
            chip=_TEXT,
            units_estimate=_COUNT,
            reported_in=_TEXT,
        ),
        _entity(
            "vendor_revenue",
            "vendor fiscal_quarter quarter_start quarter_end total_revenue_usd published_date",
            vendor=_TEXT,
            fiscal_quarter=_TEXT,
            quarter_start=_DAY,
            quarter_end=_DAY,
            total_revenue_usd=_NUMBER,
            data_centre_revenue_usd=_NUMBER,
            published_date=_DAY,
            source=_TEXT,
        ),
        _entity(
            "vendor_compute_share",
            "vendor fiscal_quarter",
            vendor=_TEXT,
            fiscal_quarter=_TEXT,
            networking_revenue_usd=_NUMBER,
            compute_share=_NUMBER,
            compute_revenue_usd=_NUMBER,
            a100_share=_NUMBER,
            h100_share=_NUMBER,
            h20_share=_NUMBER,
            gb200_share=_NUMBER,
            gb300_share=_NUMBER,
        ),
        _entity(
            "network_fact",
            "network date metric unit kind",
            network=_TEXT,
            date=_DAY,
            metric=_TEXT,
            value_low=_NUMBER,
            value_high=_NUMBER,
            unit=_TEXT,
            kind=_TEXT,
            source=_TEXT,
        ),
        _entity(
            "video_timing",
            "model gpu gpus tokens steps passes seconds comparable",
            model=_TEXT,
            gpu=_TEXT,
            gpus=_COUNT,
            tokens=_COUNT,
            steps=_COUNT,
            passes=_COUNT,
            layers=_COUNT,
            width=_COUNT,
            mac_per_token_layer=_COUNT,
            seconds=_NUMBER,
            kind=_TEXT,
            case=_TEXT,
            source=_TEXT,
            comparable=_FLAG,
        ),
        _entity(
            "equity_close",
            "ticker date close_usd basis",
            ticker=_TEXT,
            date=_DAY,
            close_usd=_NUMBER,
            basis=_TEXT,
        ),
        _entity(
            "equity_split",
            "ticker ex_date ratio complete_from source",
            ticker=_TEXT,
            ex_date=_DAY,
            ratio=_NUMBER,
            complete_from=_DAY,
            source=_TEXT,
        ),
        _entity(
            "claim",
            "claim_id kind text unit claim_date grade",
            claim_id=_TEXT,
            kind=_TEXT,
            text=_TEXT,
            value_low=_NUMBER,
            value_high=_NUMBER,
            unit=_TEXT,
            claim_date=_DAY,
            tested_until=_DAY,
            origin=_TEXT,
            source=_TEXT,
            url=_TEXT,
            grade=_TEXT,
            published_date=_DAY,
        ),
    )
}


@dataclass(frozen=True)
class Bundled:
    """The editions below one folder, as a source."""

    folder: Path
    name: str = "bundled"

    @property
    def entities(self) -> Mapping[str, Entity]:
        """The kinds of file that an edition may hold."""
        return ENTITIES

    @property
    def about(self) -> About:
        """Each file has a citation and a licence of its own."""
        return About("Bundled editions", "capbrief", "by file")

    @property
    def access(self) -> None:
        """It lies on this machine."""
        return None

    def due(self, past: Past, today: date) -> None:
        """Never: it comes with the program."""
        return

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        """Every edition: its files, and its ``edition.toml`` itself.

        Raises:
            DefinitionError: an ``edition.toml`` cannot be read or lacks a key.
        """
        for path in sorted(self.folder.glob("*/edition.toml")):
            yield _edition(path, wanted.now)


def _edition(path: Path, now: datetime) -> Unit:
    content = path.read_bytes()
    try:
        definition = tomllib.loads(content.decode())
        edition = definition["edition"]
        described = _edition_provenance(edition, now)
        files = [
            (path.parent / file["file"], file["sha256"], _provenance(file, edition["id"], now))
            for file in definition["file"]
        ]
    except KeyError as error:
        raise DefinitionError(f"{path}: key {error} is missing") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise DefinitionError(f"{path}: {error}") from error

    def fetch(get: Get) -> Iterator[Fetched]:
        """Raises PayloadError where a file is missing or is not the one that is named."""
        yield content, described
        for file, sha256, provenance in files:
            yield _read(file, sha256), provenance

    return Unit(dataset=edition["id"], days=None, calls=0, fetch=fetch)


def _read(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PayloadError(f"{path}: {error.strerror}; install capbrief again") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise PayloadError(
            f"{path}: is not the file that edition.toml names; install capbrief again"
        )
    return content


def _edition_provenance(edition: dict[str, Any], now: datetime) -> Provenance:
    return Provenance(
        source="bundled",
        entity="edition",
        dataset=f"{edition['id']}/edition",
        title=edition["title"],
        url="",
        producer="capbrief",
        citation=f"capbrief, edition {edition['id']}",
        licence="MIT",
        media_type="application/toml",
        retrieved_at=now,
        published_at=_midnight(edition["date"]),
        known_at=KnownAt(day=edition["date"]),
    )


def _provenance(file: dict[str, Any], edition_id: str, now: datetime) -> Provenance:
    rule = file["known_at"]
    return Provenance(
        source="bundled",
        entity=file["entity"],
        dataset=f"{edition_id}/{file['entity']}",
        title=file["title"],
        url=file["url"],
        producer=file["producer"],
        citation=file["citation"],
        licence=file["licence"],
        media_type=file["media_type"],
        retrieved_at=now,
        published_at=_midnight(file["published_at"]),
        known_at=KnownAt(day=rule) if isinstance(rule, date) else KnownAt(**rule),
    )


def _midnight(day: object) -> datetime:
    if not isinstance(day, date):
        raise TypeError(f"published_at: {day!r} is not a TOML date")
    return datetime.combine(day, time(), UTC)


BUNDLED = Bundled(resources.EDITIONS)

"""Imports: a user's own history as CSV or Parquet, with where it comes from and how it is read.

The payload is the user's file as it is. The mapping goes into its provenance, so that a rebuild
reads the same rows from the same bytes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import QualityError, SchemaError, UsageError
from pipeline.extract.cells import Days, Read, as_text, divide
from pipeline.extract.mapping import GIVEN, near, read_mapping
from pipeline.extract.table import header, media_type, table
from pipeline.provenance import KnownAt, Provenance
from pipeline.source import About, Entity, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pipeline.extract.mapping import Column
    from pipeline.source import Gap, Past, Unit, Wanted

TOLERATED_SHARE = 0.05
"""Of the rows of a file; with more of them rejected, the mapping is wrong rather than the rows."""

_SHOWN_REASONS = 5
_SHOWN_CHARACTERS = 160
_LARGEST_BYTES = 1 << 30


_CONTRADICTION = "is in the file more than once for its day, with different figures"


def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Rows of an imported file, by the mapping in its provenance.

    Rows that are the same in all our columns count once. Where they differ for the same subject
    and day, none of them is taken, since nothing says which is right.

    Raises:
        SchemaError: the bytes are no table, or their columns are not those of the mapping.
    """
    try:
        mapping = read_mapping(origin.mapping or "", entity)
        columns = mapping.bind(entity, header(content, mapping.separator))
    except UsageError as error:
        raise SchemaError(str(error)) from error
    names = [column.name for column in columns.values() if column.name is not None]
    given = table(content, mapping.separator, names)
    read = {
        name: _read(entity, name, columns.get(name), given.columns, origin)
        for name in entity.schema
    }
    typed = pl.DataFrame(
        {name: column.values for name, column in read.items()}, schema=dict(entity.schema)
    )
    reasons = _first(given.raggedness, _joined({n: column.reasons for n, column in read.items()}))
    reasons = _first(reasons, _contradictions(entity, typed.filter(reasons.is_null()), typed))
    text = given.columns.select(as_text(cells).alias(cells.name) for cells in given.columns)
    rows = divide(text, typed, reasons)
    return Rows(rows.accepted.unique(keep="first", maintain_order=True), rows.rejected)


def _read(
    entity: Entity, name: str, column: Column | None, given: pl.DataFrame, origin: Provenance
) -> Read:
    """One of our columns, by its reading or as a constant."""
    unjudged = pl.repeat(None, len(given), dtype=pl.String(), eager=True)
    if column is None or column.name is None:
        constant = column.value if column else origin.producer if name in GIVEN else None
        values = pl.repeat(constant, len(given), dtype=entity.schema[name], eager=True)
        return Read(values, unjudged)
    cells = given[column.name]
    match column.reading:
        case Days() as days:
            read = days.read(cells, origin.retrieved_at.astimezone(UTC).date())
        case other:
            read = other.read(cells)
    if name not in entity.required:
        return read
    is_absent = pl.DataFrame({"absent": as_text(cells).is_null()})
    required = is_absent.select(pl.when("absent").then(pl.lit("is required"))).to_series()
    return Read(read.values, _first(required, read.reasons))


def _key(entity: Entity) -> list[str]:
    """Whose figures a row holds, and of which day."""
    return [
        name
        for name, kind in entity.schema.items()
        if name in entity.required and not isinstance(kind, pl.Float64)
    ]


def _first(one: pl.Series, other: pl.Series) -> pl.Series:
    return pl.select(pl.coalesce(pl.lit(one), pl.lit(other))).to_series()


def _joined(reasons: Mapping[str, pl.Series]) -> pl.Series:
    """All that is wrong with each row, each with its column; null where nothing is."""
    frame = pl.DataFrame(reasons)
    joined = frame.select(
        pl.concat_str(
            (pl.format(name + ": {}", name) for name in frame.columns),
            separator="; ",
            ignore_nulls=True,
        )
    ).to_series()
    return joined.set(joined == "", None)


def _contradictions(entity: Entity, sound: pl.DataFrame, all_rows: pl.DataFrame) -> pl.Series:
    """A reason for each row whose subject and day have different figures in sound rows."""
    key = _key(entity)
    clashing = sound.unique().group_by(key).len().filter(pl.col("len") > 1).select(key)
    return all_rows.select(key).join(
        clashing.with_columns(reason=pl.lit(f"{key[0]}: {_CONTRADICTION}")),
        on=key,
        how="left",
        maintain_order="left",
    )["reason"]


TOKEN_DAILY = Entity(
    "token_daily",
    {
        "coin_id": pl.String(),
        "price_date": pl.Date(),
        "close_usd": pl.Float64(),
        "market_cap_usd": pl.Float64(),
        "volume_usd": pl.Float64(),
        "vendor": pl.String(),
    },
    frozenset({"coin_id", "price_date", "close_usd"}),
    parse,
)

ENTITIES: Mapping[str, Entity] = {TOKEN_DAILY.name: TOKEN_DAILY}

_TITLES = {TOKEN_DAILY.name: "Daily closes, market caps and volumes"}


@dataclass(frozen=True)
class Imported:
    """Files that users bring; nothing is fetched for them."""

    name: str = "import"
    access: None = None

    @property
    def entities(self) -> Mapping[str, Entity]:
        """The kinds of file that can be imported."""
        return ENTITIES

    @property
    def about(self) -> About:
        """Each file has a citation and a licence of its own."""
        return About("Your own files", "by file", "by file", is_required=False)

    def due(self, past: Past, today: date) -> None:
        """Never: a file comes when its user brings it."""
        return

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        """Nothing: a file comes when its user brings it."""
        return iter(())


IMPORTED = Imported()


def read(
    file: Path,
    *,
    kind: str,
    producer: str,
    citation: str,
    licence: str,
    published: date | None,
    mapping: Path | None,
    url: str = "",
    now: datetime,
) -> tuple[bytes, Provenance, Rows]:
    """A user's file with its provenance and rows, fit to be stored.

    Its rows count as known from ``published`` on, or from the day that the mapping's own rule
    gives each, or else from the day of the import.

    Raises:
        UsageError: the file, its mapping or what is said of it cannot be taken; one line per
            finding.
        QualityError: too many rows are rejected, or none is left.
    """
    findings = [
        *_text_findings({"--source": producer, "--citation": citation, "--licence": licence}),
        *_other_findings(kind, published, url, now.astimezone(UTC).date()),
    ]
    content = _bytes(file, findings)
    mapping_text = _mapping_text(mapping, findings)
    rule = None
    if kind in ENTITIES:
        try:
            rule = read_mapping(mapping_text, ENTITIES[kind]).known_at
        except UsageError as error:
            findings += [f"{mapping}: {line}" for line in str(error).splitlines()]
    if findings:
        raise UsageError("\n".join(findings))
    origin = Provenance(
        source=IMPORTED.name,
        entity=kind,
        dataset=f"{_slug(producer).lower()}/{_slug(file.stem)}",
        title=f"{_TITLES[kind]} ({_slug(file.name)})",
        url=url,
        producer=producer,
        citation=citation,
        licence=licence,
        media_type=media_type(content),
        retrieved_at=now,
        published_at=datetime.combine(published, time(), UTC) if published else None,
        known_at=rule or KnownAt(day=published or now.astimezone(UTC).date()),
        mapping=mapping_text,
    )
    try:
        rows = parse(ENTITIES[kind], content, origin)
    except SchemaError as error:
        lines = [f"{file}: {line}" for line in str(error).splitlines()]
        raise UsageError("\n".join(lines)) from error
    _must_be_sound(file, rows)
    _must_be_known_in_time(file, origin, rows.accepted)
    return content, origin, rows


def _text_findings(texts: Mapping[str, str]) -> list[str]:
    """What is wrong with what will be printed beside every figure."""
    findings = []
    for flag, text in texts.items():
        if not text.strip():
            findings.append(f"{flag}: is empty; it is printed beside every figure of the file")
        elif any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
            findings.append(f"{flag}: holds characters that cannot be printed")
    return findings


def _other_findings(kind: str, published: date | None, url: str, today: date) -> list[str]:
    findings = []
    if kind not in ENTITIES:
        known = ", ".join(ENTITIES)
        findings.append(f"--kind: is {kind!r}{near(kind, ENTITIES) or f', not one of {known}'}")
    if published and published > today:
        findings.append(f"--published: {published} lies in the future")
    if url and not re.fullmatch(r"https?://[!-~]+", url):
        findings.append("--url: is no web address (https://…)")
    return findings


def _bytes(file: Path, findings: list[str]) -> bytes:
    try:
        if file.exists() and not file.is_file():
            findings.append(f"{file}: is no file; give one CSV or Parquet file")
        elif file.exists() and file.stat().st_size > _LARGEST_BYTES:
            findings.append(f"{file}: is larger than {_LARGEST_BYTES >> 20} MiB; split it by years")
        else:
            return file.read_bytes()
    except OSError as error:
        findings.append(f"{file}: {error.strerror}")
    return b""


def _mapping_text(mapping: Path | None, findings: list[str]) -> str:
    if mapping is None:
        return ""
    try:
        return mapping.read_text(encoding="utf-8-sig")
    except OSError as error:
        findings.append(f"{mapping}: {error.strerror}")
    except UnicodeDecodeError:
        findings.append(f"{mapping}: is not UTF-8")
    return ""


def _slug(text: str) -> str:
    """A text as a part of a name: letters, digits, dots and hyphens."""
    return re.sub(r"[^\w.]+", "-", text).strip("-.") or "-"


def _must_be_sound(file: Path, rows: Rows) -> None:
    n_rejected = len(rows.rejected)
    n_rows = len(rows.accepted) + n_rejected
    if not n_rows:
        raise QualityError(f"{file}: has a header and no rows; nothing was imported")
    if n_rejected <= TOLERATED_SHARE * n_rows:
        return
    lines = [
        f"{file}: {n_rejected} of {n_rows} rows cannot be taken, and only {TOLERATED_SHARE:.0%} "
        "may be set aside; nothing was imported; correct the file or the mapping"
    ]
    for row in rows.rejected.head(_SHOWN_REASONS).iter_rows(named=True):
        cells = row["row_json"]
        cut = cells if len(cells) <= _SHOWN_CHARACTERS else cells[:_SHOWN_CHARACTERS] + "…"
        lines.append(f"row {row['row_number']}: {row['reason']}: {cut}")
    raise QualityError("\n".join(lines))


def _must_be_known_in_time(file: Path, origin: Provenance, accepted: pl.DataFrame) -> None:
    """Refuse knowledge from before the figures, or from a day that is still to come."""
    newest = accepted["price_date"].max()
    rule = origin.known_at
    if not isinstance(newest, date) or rule is None:
        return
    if rule.day and rule.day <= newest:
        raise UsageError(
            f"--published: {rule.day} is not after the newest row of {file} ({newest}), whose day "
            "was not over then; give the day on which this version was published, or known_at in "
            "the mapping"
        )
    known = newest + timedelta(days=rule.offset_days)
    if rule.column and known > origin.retrieved_at.astimezone(UTC).date():
        raise UsageError(
            f"{file}: by known_at of the mapping its newest row ({newest}) will be known on "
            f"{known}, which lies in the future; lower offset_days"
        )

"""Files that users bring: read, judged and described before anything is kept."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import QualityError, SchemaError, UsageError
from pipeline.extract import layouts
from pipeline.extract.cells import TICKER
from pipeline.extract.imports import ENTITIES, IMPORTED, parse
from pipeline.extract.mapping import near, read_mapping
from pipeline.extract.split_basis import UNKNOWN, declared_day
from pipeline.extract.table import header, media_type
from pipeline.provenance import KnownAt, Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.extract.kinds import Kind
    from pipeline.source import Rows

TOLERATED_SHARE = 0.05
"""Of the rows of a file; with more of them rejected, the mapping is wrong rather than the rows."""

_SHOWN_REASONS = 5
_SHOWN_CHARACTERS = 160
_LARGEST_BYTES = 1 << 30


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
    ticker: str | None = None,
    basis: str | None = None,
    now: datetime,
) -> tuple[bytes, Provenance, Rows]:
    """A user's file with its provenance and rows, fit to be stored.

    Its rows count as known from ``published`` on, or from the day that the mapping's own rule
    gives each, or else from the day of the import. ``ticker`` is of all rows of a file that does
    not name it; a file's name says nothing. ``basis`` says how its prices treat splits, where the
    rows do not tell. Without a mapping the file has our own names or a vendor's layout.

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
    said = _said(kind, ticker, basis, findings)
    mapping_text = _mapping_text(mapping, findings)
    rule = None
    if kind in ENTITIES and not findings:
        try:
            if mapping is None:
                mapping_text = _layout(ENTITIES[kind], content)
                if mapping_text and ticker is None:
                    findings.append("--ticker: no column names the share; add e.g. --ticker NVDA")
            mapping_text = said + mapping_text
            if not findings:
                rule = read_mapping(mapping_text, ENTITIES[kind]).known_at
        except (UsageError, SchemaError) as error:
            findings += [f"{mapping or file}: {line}" for line in str(error).splitlines()]
    if findings:
        raise UsageError("\n".join(findings))
    origin = Provenance(
        source=IMPORTED.name,
        entity=kind,
        dataset="/".join(
            [_slug(producer).lower(), *([ticker] if ticker else []), _slug(file.stem)]
        ),
        title=f"{ENTITIES[kind].title} ({_slug(file.name)})",
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


def told(origin: Provenance, rows: Rows) -> list[str]:
    """What was found out about a file beyond its rows, a line each."""
    lines = []
    name = layouts.name_of(origin.mapping or "")
    if name:
        lines.append(f"layout: {name}")
    if "basis" in rows.accepted.columns:
        series = rows.accepted.group_by("ticker", maintain_order=True).agg(
            pl.col("basis", "basis_note").first(),
            pl.col("price_date").min().alias("first"),
            pl.col("price_date").max().alias("last"),
            pl.len().alias("n"),
        )
        for one in series.iter_rows(named=True):
            apart = "; it is kept apart from other files" if one["basis"] == UNKNOWN else ""
            lines.append(
                f"{one['ticker']}: {one['n']} days from {one['first']} to {one['last']}; basis: "
                f"{one['basis']} ({one['basis_note']}){apart}"
            )
    return lines


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


def _said(kind: str, ticker: str | None, basis: str | None, findings: list[str]) -> str:
    """What flags say of the rows, as the beginning of a mapping file."""
    lines = []
    columns = ENTITIES[kind].schema if kind in ENTITIES else ()
    if ticker is not None and "ticker" not in columns:
        findings.append(f"--ticker: {kind} has no ticker")
    elif ticker is not None and not TICKER.fits(ticker):
        hint = ticker.upper()
        near = f" (did you mean {hint}?)" if TICKER.fits(hint) else ""
        findings.append(f"--ticker: {ticker!r} is no {TICKER.wanted}{near}")
    elif ticker is not None:
        lines.append(f'constants = {{ ticker = "{ticker}" }}\n')
    if basis is not None and "basis" not in columns:
        findings.append(f"--basis: {kind} has no splits")
    elif basis is not None:
        try:
            declared_day(basis)
            lines.append(f'basis = "{basis}"\n')
        except ValueError as error:
            findings.append(f"--basis: {error}")
    return "".join(lines)


def _layout(kind: Kind, content: bytes) -> str:
    """The mapping of a file that comes without one: nothing for our own names, or a layout."""
    if not kind.layouts or media_type(content) != "text/csv":
        return ""
    names = header(content, ",")
    if set(names) & {*kind.schema, "coin_id"} or len(names) == 1:
        return ""  # our own names, or to be told apart in another way: read on, and told there
    return layouts.chosen(kind.layouts, names)


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
    newest = accepted[ENTITIES[origin.entity].day].max()
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

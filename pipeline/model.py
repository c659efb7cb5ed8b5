"""Model: one SQL file, what its header says, what it reads, and the order of many.

The path is the table: ``sql/marts/token_day.sql`` is ``marts.token_day``. A file is one select
below a header of ``-- description:`` and ``-- grain:``; what it reads is found by parsing it, so
no list of dependencies is kept by hand. Large facts add ``-- incremental: <date column>``: a row
depends on rows of its own day in the other tables that are incremental, and on those that
``-- reach: 14 days back, 14 days ahead`` (or ``all days back``) adds to them. What a column is in
this table alone, ``-- column <name>:`` says. Where its values come from fewer tables than it reads
(the others say only which rows are wanted), ``-- rests on: <tables>`` names them: the sources of a
figure are found by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from pipeline.days import Days
from pipeline.errors import SqlError
from pipeline.warehouse import LAYERS, parsed, read_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_HEADER = re.compile(r"^--\s*(description|grain|incremental|reach|rests on|column \w+):\s*(.*)$")
_CONTINUED = re.compile(r"^--\s?(?!\w+:|rests on:)(.*)$")
_REACH = re.compile(r"(?:(all|\d+) days? back)?(?:, )?(?:(\d+) days? ahead)?")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Reach:
    """How many days around its own a row depends on; ``back`` null is all that came before."""

    back: int | None = 0
    ahead: int = 0

    def read(self, made: Days) -> Days:
        """The days to be read so that these can be made."""
        return made.widened(self.back, self.ahead)

    def touched(self, changed: Days) -> Days:
        """The days that are made otherwise when these changed."""
        if self.back is None:
            return changed.widened(self.ahead, 0).onwards()
        return changed.widened(self.ahead, self.back)


@dataclass(frozen=True)
class Model:
    """One SQL file: its table name, its text and what its header says.

    ``dated_by`` is the column whose days it can be made by, null where it is made as a whole.
    ``rests_on`` are the tables that its values come from: those that it reads, or fewer, where
    the others only say which rows are wanted.
    """

    name: str
    path: Path
    sql: str
    description: str
    grain: tuple[str, ...]
    reads: frozenset[str]
    rests_on: frozenset[str]
    dated_by: str | None = None
    reach: Reach = Reach()
    columns: Mapping[str, str] = field(default_factory=dict)
    """What the header says of single columns."""


def models(folders: Sequence[Path], layers: Iterable[str] = LAYERS) -> list[Model]:
    """The models of some layers; a file in an earlier folder replaces a later one.

    Raises:
        SqlError: a file has no header, is not one select, or cannot be parsed. All findings
            are in the message, a line each.
    """
    paths: dict[str, Path] = {}
    errors: list[str] = []
    for folder in reversed(folders):
        for layer in layers:
            for path in sorted(folder.glob(f"{layer}/*.sql")):
                if not _NAME.fullmatch(path.stem):
                    errors.append(f"{path}: a table is named with a-z, 0-9 and _ only")
                paths[f"{layer}.{path.stem}"] = path
    texts: dict[str, str] = {}
    for name, path in sorted(paths.items()):
        try:
            texts[name] = _text(path)
        except SqlError as error:
            errors.append(str(error))
    found = []
    for (name, sql), tree in zip(texts.items(), parsed([*texts.values()]), strict=True):
        try:
            found.append(_model(name, paths[name], sql, tree))
        except SqlError as error:
            errors.append(str(error))
    if errors:
        raise SqlError("\n".join(errors))
    return found


def ordered(models: Sequence[Model], made: Iterable[str]) -> list[Model]:
    """Models so that each comes after what it reads.

    Args:
        models: what is to be ordered.
        made: tables that exist without a model here (raw tables, earlier layers).

    Raises:
        SqlError: a model has the name of a table made elsewhere, reads a table that nobody
            makes, or models read one another in a circle.
    """
    by_name = {model.name: model for model in models}
    known = by_name.keys() | set(made)
    errors = [
        f"{by_name[name].path}: {name} is made elsewhere; choose another name"
        for name in sorted(by_name.keys() & set(made))
    ]
    errors += [
        f"{model.path}: reads {table}, which no file makes"
        for model in models
        for table in sorted(model.reads - known)
    ]
    if errors:
        raise SqlError("\n".join(errors))
    graph = {name: sorted(model.reads & by_name.keys()) for name, model in by_name.items()}
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " reads ".join(reversed(error.args[1]))
        raise SqlError(f"{by_name[error.args[1][0]].path}: circle: {circle}") from error


def lineage(models: Sequence[Model]) -> list[tuple[str, str]]:
    """Pairs of (table, table that its values come from), in order of name."""
    return sorted((model.name, table) for model in models for table in model.rests_on)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").rstrip().removesuffix(";")
    except (OSError, UnicodeDecodeError) as error:
        raise SqlError(f"{path}: cannot be read: {error}") from error


def _model(name: str, path: Path, sql: str, tree: dict[str, Any]) -> Model:
    header = _header(sql)
    description = header.get("description", "")
    grain = tuple(part.strip() for part in header.get("grain", "").split(",") if part.strip())
    is_check = name.startswith("checks.")
    dated_by = header.get("incremental")
    if not description:
        raise SqlError(f"{path}:1: has no '-- description:' line")
    if not grain and not is_check:
        raise SqlError(f"{path}:1: has no '-- grain:' line")
    if dated_by is not None and not is_check and dated_by not in grain:
        raise SqlError(f"{path}:1: is incremental by {dated_by}, which is not in its grain")
    columns = {
        key.removeprefix("column "): text
        for key, text in header.items()
        if key.startswith("column ")
    }
    try:
        reach = _reach(header.get("reach", ""), dated_by)
        reads = read_by(sql, tree)
        rests_on = _rests_on(header.get("rests on", ""), reads)
    except SqlError as error:
        raise SqlError(f"{path}{error}") from error
    return Model(name, path, sql, description, grain, reads, rests_on, dated_by, reach, columns)


def _rests_on(text: str, reads: frozenset[str]) -> frozenset[str]:
    named = frozenset(part.strip() for part in text.split(",") if part.strip())
    for table in sorted(named - reads):
        raise SqlError(f":1: '-- rests on: {table}' is no table that it reads")
    return named or reads


def _reach(text: str, dated_by: str | None) -> Reach:
    found = _REACH.fullmatch(text)
    if found is None or (text and dated_by is None):
        raise SqlError(
            f":1: '-- reach: {text}' is not like '14 days back, 14 days ahead' below a line "
            "'-- incremental: <date column>'"
        )
    back, ahead = found.groups()
    return Reach(None if back == "all" else int(back or 0), int(ahead or 0))


def _header(sql: str) -> Mapping[str, str]:
    """Keys of the comment block at the top; a comment line without a key continues one."""
    header: dict[str, str] = {}
    key = ""
    for line in sql.splitlines():
        if match := _HEADER.match(line):
            key = match[1]
            header[key] = match[2].strip()
        elif key and (match := _CONTINUED.match(line)):
            header[key] = f"{header[key]} {match[1].strip()}".strip()
        elif not line.startswith("--"):
            break
    return header

"""Naming: the accelerators that names mean, by the warehouse's own rules, without a warehouse.

``marts.gpu_name`` is the one place where names become keys. It is run here over the names that
are asked for, in a database in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipeline import warehouse
from pipeline.frames import replace
from pipeline.model import models

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_ALIASES, _USES, _NAMES = "staging.bundled__gpu_alias", "marts.gpu_name_use", "marts.gpu_name"


def gpu_keys(
    names: Iterable[str], aliases: pl.DataFrame, sql: Sequence[Path]
) -> Mapping[str, str | None]:
    """The accelerator that each name means; None where it means none that is known.

    Args:
        names: as a document writes them: H100, RTX 4090D, NVIDIA L40S.
        aliases: the rows of gpu_alias.csv.
        sql: folders of SQL files, the user's own first.

    Raises:
        SqlError: a SQL file is broken.
    """
    asked = sorted(set(names))
    wanted = pl.DataFrame({"name": asked}, schema={"name": pl.String}).select(
        name_id=pl.format("bundled|{}|-|-", "name"),
        source=pl.lit("bundled"),
        name="name",
        memory_gb=pl.lit(None, pl.Float64),
        interface=pl.lit(None, pl.String),
    )
    query = next(one.sql for one in models(sql, ["marts"]) if one.name == _NAMES)
    with duckdb.connect() as connection:
        for schema in ("staging", "marts"):
            connection.execute(f"create schema {schema}")
        replace(connection, _ALIASES, aliases)
        replace(connection, _USES, wanted)
        found = warehouse.frame(connection, f"select name, gpu_key from ({query}\n)")
    keys = dict(found.iter_rows())
    return {name: keys.get(name) for name in asked}

"""Event inputs: what studies are made from, of events that a warehouse knows and of a user's own.

The marts of the known events are made by the same SQL for others: beside a published file, in a
database in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipeline import warehouse
from pipeline.frames import replace
from pipeline.model import models, ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.extract.event_rules import Event
    from pipeline.warehouse import Warehouse

_EVENT = "marts.event"
_MADE = ("marts.event_universe", "marts.event_member", "marts.event_close_day")


def known(opened: Warehouse) -> pl.DataFrame:
    """The events that an open warehouse knows, by day."""
    return opened.query(f"select * from {_EVENT} order by event_date, event_id")


def rows(events: Sequence[Event]) -> pl.DataFrame:
    """A user's own events in the form of those that are known."""
    return pl.DataFrame(
        {
            "event_id": [one.event_id for one in events],
            "event_date": [one.announced_at.date() for one in events],
            "announced_at": [one.announced_at if one.has_time else None for one in events],
            "title": [one.title for one in events],
            "kind": [one.kind for one in events],
            "source": [one.source for one in events],
            "url": [one.url for one in events],
            "known_at": [one.announced_at for one in events],
        },
        schema_overrides={
            "event_date": pl.Date,
            "announced_at": pl.Datetime("us"),
            "known_at": pl.Datetime("us"),
        },
    )


def inputs(
    opened: Warehouse, events: pl.DataFrame, market: str, sql: Sequence[Path]
) -> Mapping[str, pl.DataFrame]:
    """The tables that studies of these events read, by their names.

    Args:
        opened: the warehouse that has the closes.
        events: in the form of marts.event.
        market: the token that stands for the market; its closes are there, whatever it is.
        sql: folders of SQL files, the user's own first.

    Raises:
        SqlError: a SQL file is broken.
    """
    wanted = [model for model in models(sql, ["marts"]) if model.name in _MADE]
    read = sorted({table for model in wanted for table in model.reads} - {_EVENT, *_MADE})
    with duckdb.connect() as connection:
        try:
            connection.execute(f"attach '{_quoted(str(opened.path))}' as published (read_only)")
            for schema in ("staging", "marts"):
                connection.execute(f"create schema {schema}")
            for table in read:
                connection.execute(f"create view {table} as select * from published.{table}")
            replace(connection, _EVENT, events)
            for model in ordered(wanted, [*read, _EVENT]):
                connection.execute(f"create table {model.name} as {model.sql}")
            found = {
                name: warehouse.frame(connection, f"select * from {name} order by all")
                for name in (_EVENT, *_MADE)
            }
            closes = warehouse.frame(connection, _closes(market))
        except duckdb.Error as error:
            raise warehouse.refused(error, "events") from error
    both = [found[_MADE[-1]], closes]
    found[_MADE[-1]] = pl.concat(both).unique(["series", "coin_id", "price_date"]).sort(pl.all())
    return found


def _closes(market: str) -> str:
    """All closes of one token, in both series, in the form of marts.event_close_day."""
    chosen = "coin_id, price_date, close_usd, market_cap_usd, known_at"
    return " union all ".join(
        f"select '{series}' as series, {chosen} from {table} where coin_id = '{_quoted(market)}'"
        for series, table in (("files", "marts.token_day_from_files"), ("all", "marts.token_day"))
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")

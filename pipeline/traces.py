"""Traces: what the numbers of an open warehouse rest on, as digests.

Two reports are told apart by them: a number that changed did so because of what changed below
it. Digests are of tables as a whole, so that a cause is one that may have moved a number, not a
share of how far.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.report.watch import Trace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from pipeline.warehouse import Warehouse

_MEMBERSHIP = "marts.universe_day"
# What says who counts or what was run is no figure of a source.
_NO_DATA = re.compile(r"staging\.(capbrief__\w+|universe__\w+|bundled__(universe_member|edition))")
# A row speaks of the first of its days that is neither a beginning nor that of a publication.
_NO_DAY = re.compile(r"\w+_start|(published|filed|basis)_date")


class Traces:
    """Digests what numbers rest on; each table is read once for each day."""

    def __init__(
        self, opened: Warehouse, *, report_date: date, scenarios: Collection[str], version: str
    ) -> None:
        """Look at an open warehouse.

        Args:
            opened: what the numbers are read from.
            report_date: the day of the report, after which members do not count.
            scenarios: those that the report shows; none stands for all.
            version: of capbrief, which is part of the method where Python computes a table.
        """
        self._opened, self._report_date = opened, report_date
        self._scenarios, self._version = scenarios, version
        self._texts = dict(self._rows("select model, sql_sha256 from capbrief.model"))
        self._engine = str(opened.query("select version() as engine")["engine"][0])
        self._columns: dict[str, dict[str, str]] = {}
        for table, column, kind in self._rows(
            "select 'staging.' || table_name, column_name, data_type from duckdb_columns() "
            "where database_name = current_database() and schema_name = 'staging' "
            "order by table_name, column_index"
        ):
            self._columns.setdefault(table, {})[column] = kind
        self.at = cache(self._at)
        self._table = cache(self._digest_of_table)
        self._members = cache(self._digests_of_members)

    def _at(self, sql: str, day: date) -> Trace:
        behind = sorted(self._opened.behind(sql))
        data = [
            table for table in behind if table in self._columns and not _NO_DATA.fullmatch(table)
        ]
        halves = [self._table(table, day) for table in data]
        is_of_members = _MEMBERSHIP in behind
        return Trace(
            earlier=_digest(zip(data, (half[0] for half in halves), strict=True)),
            later=_digest(zip(data, (half[1] for half in halves), strict=True)),
            engine=self._engine,
            payloads=_digest(sorted(self._opened.sources(sql)["payload_sha256"])),
            members=_digest(self._of(sql, self._members(day))) if is_of_members else "",
            method=_digest(self._method(sql, behind)),
        )

    def _digest_of_table(self, table: str, day: date) -> tuple[int, int]:
        """Of a table's rows up to a day, and after it; a row without a day is never after it.

        Times are left out: a figure that is retrieved again is no other figure.
        """
        columns = self._columns[table]
        dates = [name for name, kind in columns.items() if kind == "DATE"]
        dated_by = next((name for name in dates if not _NO_DAY.fullmatch(name)), None)
        is_later = f"coalesce({dated_by} > date '{day}', false)" if dated_by else "false"
        kept = [
            f'"{name}"'
            for name, kind in columns.items()
            if not kind.startswith("TIMESTAMP") and name != "payload_sha256"
        ]
        ((earlier, later),) = self._rows(
            f"""
            select sum(digest) filter (not is_later), sum(digest) filter (is_later)
            from (
                select hash({", ".join(kept)})::hugeint as digest, {is_later} as is_later
                from {table}
            )
            """
        )
        return earlier or 0, later or 0

    def _digests_of_members(self, day: date) -> dict[str, tuple[int, int]]:
        """By universe, of its members on every day up to one, and on the newest there is."""
        rows = self._rows(
            f"""
            with member as (
                select
                    universe_id,
                    price_date,
                    hash(price_date, coin_id)::hugeint as on_day,
                    hash(coin_id)::hugeint as at_all,
                    max(price_date) over (partition by universe_id) as newest_date
                from {_MEMBERSHIP}
                where price_date <= date '{self._report_date}'
            )
            select
                universe_id,
                coalesce(sum(on_day) filter (price_date <= date '{day}'), 0),
                coalesce(sum(at_all) filter (price_date = newest_date), 0)
            from member
            group by universe_id
            order by universe_id
            """
        )
        return {universe: (earlier, newest) for universe, earlier, newest in rows}

    def _of(self, sql: str, members: dict[str, tuple[int, int]]) -> Iterable[object]:
        """The universes that a query names; where it names none, all of them."""
        named = [one for one in members.items() if f"'{one[0]}'" in sql]
        return named or members.items()

    def _method(self, sql: str, behind: Iterable[str]) -> list[object]:
        """The text of a query and of the models below it.

        What Python computes has no text in the file: of that the version counts, and the
        scenarios with the structure of their model.
        """
        models = [(table, self._texts[table]) for table in behind if table in self._texts]
        if all(table in self._texts for table in behind if table.startswith("estimates.")):
            return [sql, models]
        scenarios = [
            row
            for row in self._rows(
                "select scenario_id, scenario_hash, model_hash from estimates.scenario order by all"
            )
            if not self._scenarios or row[0] in self._scenarios
        ]
        return [sql, models, scenarios, self._version]

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._opened.query(sql).rows()


def _digest(parts: Iterable[object]) -> str:
    return hashlib.sha256(repr(list(parts)).encode()).hexdigest()[:16]

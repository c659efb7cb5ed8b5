"""Models: what a header says of where values come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import SqlError
from pipeline.model import lineage, models

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "-- description: Names. One row per name.\n-- grain: name\n"
QUERY = "select name, gpu_key from staging.used left join staging.alias using (name)"


def written(folder: Path, header: str) -> Path:
    file = folder / "marts" / "named.sql"
    file.parent.mkdir()
    file.write_text(f"{header}{QUERY}\n")
    return folder


def test_values_come_from_all_tables_that_are_read(tmp_path: Path) -> None:
    found = models([written(tmp_path, HEADER)], ["marts"])
    assert lineage(found) == [("marts.named", "staging.alias"), ("marts.named", "staging.used")]


def test_or_from_those_that_the_header_names(tmp_path: Path) -> None:
    folder = written(tmp_path, f"{HEADER}-- rests on: staging.alias\n-- column name: A name.\n")
    (found,) = models([folder], ["marts"])
    assert lineage([found]) == [("marts.named", "staging.alias")]
    assert found.reads == {"staging.alias", "staging.used"}
    assert (found.grain, found.columns) == (("name",), {"name": "A name."})


def test_which_it_must_read(tmp_path: Path) -> None:
    folder = written(tmp_path, f"{HEADER}-- rests on: staging.other\n")
    with pytest.raises(SqlError, match="is no table that it reads"):
        models([folder], ["marts"])

"""The bundled edition: what it says of its files is true, and it is the compiled facts."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipeline import resources
from pipeline.errors import DefinitionError, PayloadError
from pipeline.extract.bundled import BUNDLED, ENTITIES, Bundled
from pipeline.extract.bundled_rows import parse_csv
from pipeline.source import Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.http import Answer
    from pipeline.source import Fetched, Gap

EDITION = resources.EDITIONS / "sora_2024"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


class NoPast:
    """A home in which nothing was had yet; what lies on this machine does not ask."""

    def covered(self, dataset: str) -> list[tuple[date, date]]:
        return []

    def datasets(self, prefix: str) -> list[str]:
        return []

    def payloads(self, dataset: str) -> list[Fetched]:
        return []

    def accepted(self, dataset: str) -> list[Fetched]:
        return []

    def gaps(self, dataset: str) -> list[Gap]:
        return []


def no_door(
    path: Sequence[str], parameters: Mapping[str, str], *, gate: object, form: object = None
) -> Answer:
    raise AssertionError(f"asks for {path}")


def units(source: Bundled) -> list[Unit]:
    found = []
    for unit in source.plan(NoPast(), Wanted(now=NOW)):
        assert isinstance(unit, Unit)
        assert (unit.days, unit.calls, unit.is_required) == (None, 0, True)
        found.append(unit)
    return found


def test_every_file_has_its_provenance_and_parses_whole() -> None:
    [unit] = units(BUNDLED)
    assert unit.dataset == "sora-2024"
    fetched = list(unit.fetch(no_door))
    assert {origin.entity for _, origin in fetched} == ENTITIES.keys()
    for content, origin in fetched:
        entity = ENTITIES[origin.entity]
        rows = entity.parse(entity, content, origin)
        assert dict(rows.accepted.schema) == dict(entity.schema)
        assert not rows.accepted.is_empty()
        assert rows.rejected.is_empty()
        assert entity.parse(entity, content, origin).accepted.equals(rows.accepted)
        for field in (origin.title, origin.producer, origin.citation, origin.licence):
            assert field
        assert origin.known_at is not None
        assert origin.published_at is not None


def test_no_file_lies_unlisted_in_the_edition() -> None:
    listed = {
        file["file"] for file in tomllib.loads((EDITION / "edition.toml").read_text())["file"]
    }
    assert {path.name for path in EDITION.iterdir()} == listed | {"edition.toml"}


CARRIED = {
    "token_daily.csv": "token_daily_2023-09_2024-03.csv",
    "token_monthly.csv": "token_monthly_2024.csv",
    "shipped_cumulative.csv": "nvidia_shipped_cumulative.csv",
    "shipped_chip_quarter.csv": "nvidia_shipped_by_chip_quarter.csv",
    "owned_cumulative.csv": "nvidia_owned_cumulative.csv",
    "owned_chip_cumulative.csv": "nvidia_owned_by_chip_cumulative.csv",
    "shipment_by_customer.csv": "gpu_shipments_by_customer.csv",
    "video_timing.csv": "video_model_timings.csv",
    "equity_close.csv": "equity_milestones.csv",
}


@pytest.mark.parametrize(("own", "compiled"), CARRIED.items())
def test_carried_figures_are_those_that_were_compiled(
    shared_facts: Path, own: str, compiled: str
) -> None:
    ours, theirs = (
        pl.read_csv(path, infer_schema=False) for path in (EDITION / own, shared_facts / compiled)
    )
    assert ours.equals(theirs)


def test_network_facts_begin_with_those_that_were_compiled(shared_facts: Path) -> None:
    ours, theirs = (
        pl.read_csv(path, infer_schema=False)
        for path in (EDITION / "network_fact.csv", shared_facts / "networks.csv")
    )
    assert ours.head(len(theirs)).equals(theirs)
    assert ours.is_unique().all()
    assert ours.filter(pl.any_horizontal(pl.col("kind", "source", "date").is_null())).is_empty()


def test_gpu_specifications_are_those_that_were_compiled(shared_facts: Path) -> None:
    ours = pl.read_csv(EDITION / "gpu_spec.csv", infer_schema=False)
    theirs = pl.read_csv(shared_facts / "gpu_vendor_reference.csv", infer_schema=False)
    # The note of a row also says where its publication date is from. More rows follow.
    figures = [name for name in theirs.columns if name != "note"]
    assert ours.select(figures).head(len(theirs)).equals(theirs.select(figures))


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """An edition of one file, in the documented shape."""
    folder = tmp_path / "e"
    folder.mkdir()
    (folder / "member.csv").write_text("universe_id,coin_id,note\nx,a,y\n")
    digest = hashlib.sha256((folder / "member.csv").read_bytes()).hexdigest()
    (folder / "edition.toml").write_text(
        f"""
[edition]
id = "e"
title = "E"
date = 2024-04-03
description = "d"
[[file]]
entity = "universe_member"
file = "member.csv"
title = "Members"
sha256 = "{digest}"
published_at = 2024-04-03
known_at = {{ column = "coin_id" }}
producer = "p"
citation = "c"
url = ""
licence = "l"
media_type = "text/csv"
"""
    )
    return folder


def fetch(edition: Path) -> list[str]:
    [unit] = units(Bundled(edition.parent))
    return [origin.dataset for _, origin in unit.fetch(no_door)]


def test_an_edition_of_the_documented_shape_is_fetched(edition: Path) -> None:
    assert fetch(edition) == ["e/edition", "e/universe_member"]


def test_a_changed_file_is_refused(edition: Path) -> None:
    (edition / "member.csv").write_text("universe_id,coin_id,note\nx,b,y\n")
    with pytest.raises(
        PayloadError, match=r"member\.csv: is not the file that edition\.toml names"
    ):
        fetch(edition)


def test_a_missing_file_is_refused(edition: Path) -> None:
    (edition / "member.csv").unlink()
    with pytest.raises(PayloadError, match=r"member\.csv: No such file"):
        fetch(edition)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('title = "E"', "", "key 'title' is missing"),
        ("[edition]", "[edition", r"edition\.toml: .*line 2"),
        ('known_at = { column = "coin_id" }', 'known_at = { colum = "x" }', "colum"),
        ("published_at = 2024-04-03", 'published_at = "soon"', "published_at"),
    ],
)
def test_a_broken_definition_is_named(edition: Path, old: str, new: str, reason: str) -> None:
    path = edition / "edition.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DefinitionError, match=reason):
        fetch(edition)


def test_a_quoted_empty_field_is_null_like_an_empty_one() -> None:
    entity = ENTITIES["universe_member"]
    _, origin = next(iter(units(BUNDLED)[0].fetch(no_door)))
    rows = parse_csv(entity, b'universe_id,coin_id,note\nx,a,""\n', origin)
    assert rows.accepted["note"].to_list() == [None]

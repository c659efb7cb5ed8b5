"""Clusters and data centres: real files, and damage that is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipeline.errors import QualityError, SchemaError
from pipeline.extract.epoch_sites import CLUSTER, DATA_CENTER, ENTITIES, SITE_CHIP, review_clusters
from pipeline.source import Rows
from tests import epoch as given  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.provenance import Provenance
    from tests.extract.conftest import Past  # noqa: TID251 - its vocabulary

CLUSTERS = "epoch_gpu_clusters_2025-12-14.csv"


@pytest.fixture
def read(origin: Callable[..., Provenance]) -> Callable[[str, bytes], Rows]:
    def read(entity: str, content: bytes) -> Rows:
        one = ENTITIES[entity]
        rows = one.parse(one, content, origin(entity, entity))
        assert dict(rows.accepted.schema) == dict(one.schema)
        assert not any(rows.accepted[name].null_count() for name in one.required)
        return rows

    return read


def cluster(name: str = "A", **cells: object) -> dict[str, object]:
    return {
        "Name": name,
        "Status": "Existing",
        "Certainty": "Confirmed",
        "H100 equivalents": "1000.5",
        "Chip type (primary)": "NVIDIA H100 SXM5 80GB",
        "Chip quantity (primary)": "1000",
        "First Operational Date": "7/22/2025",
        "Include in Standard Analysis": "TRUE",
        **cells,
    }


HEADER = [field.keys[0] for field in CLUSTER]


def clusters(*rows: dict[str, object]) -> bytes:
    return given.table(HEADER, rows)


# --- Recorded files --------------------------------------------------------------------------


def test_recorded_clusters(read: Callable[[str, bytes], Rows], past: Past) -> None:
    content = given.recorded(CLUSTERS).read_bytes()
    rows = read("cluster", content)
    assert (len(rows.accepted), len(rows.rejected)) == (786, 0)
    standard = rows.accepted.filter("is_in_standard_analysis")
    assert (len(standard), round(standard["h100e"].sum())) == (482, 1573042)
    assert set(standard["status"]) == {"Existing"}
    names = rows.accepted["name"]
    assert (names.n_unique(), (names == "Anonymized Chinese System").sum()) == (530, 257)
    assert rows.accepted["row_number"].to_list() == list(range(1, 787))
    rumour = rows.accepted.sort("h100e", nulls_last=True, descending=True).row(0, named=True)
    assert (rumour["h100e"], rumour["status"], rumour["certainty"]) == (
        50025265.29,
        "Planned",
        "Unlikely",
    )
    assert not rumour["is_in_standard_analysis"]
    assert ENTITIES["cluster"].new_fields(ENTITIES["cluster"], content) == []  # type: ignore[misc]
    review_clusters(past, [rows])


def test_recorded_data_centres(read: Callable[[str, bytes], Rows]) -> None:
    content = given.recorded("epoch_data_centers_2025-12-14.csv").read_bytes()
    rows = read("data_center", content)
    assert (len(rows.accepted), len(rows.rejected)) == (16, 0)
    owners = dict(rows.accepted.select("data_center", "owner").rows())
    assert len({name for name in owners.values() if name}) == 9
    assert rows.accepted["owner_confidence"].unique().sort().to_list() == [
        None,
        "confident",
        "likely",
    ]
    assert "OpenAI, Microsoft" in rows.accepted["users"].to_list()
    content = given.recorded("epoch_data_center_timelines_2025-12-14.csv").read_bytes()
    rows = read("data_center_timeline", content)
    assert (len(rows.accepted), len(rows.rejected)) == (112, 0)
    assert str(rows.accepted["state_date"].max()) == "2029-01-01"


def test_recorded_chips_at_a_site(read: Callable[[str, bytes], Rows]) -> None:
    content = given.recorded("epoch_chip_counts", "xai_chip_quantities.csv").read_bytes()
    rows = read("data_center_chip", content).accepted
    assert rows.select("owner", "owner_confidence").unique().rows() == [("xAI", "confident")]
    standing = rows.filter(pl.col("state_date") < pl.date(2026, 1, 1))
    assert dict(standing.group_by("chip").agg(pl.col("units").sum()).rows()) == {
        "H100": 150000,
        "H200": 50000,
        "B200": 140000,
    }


# --- Our own, and damage ---------------------------------------------------------------------


def test_equal_names_are_different_clusters(read: Callable[[str, bytes], Rows]) -> None:
    rows = read("cluster", clusters(cluster(), cluster(), cluster("B")))
    assert rows.accepted.select("row_number", "name").rows() == [(1, "A"), (2, "A"), (3, "B")]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"H100 equivalents": "1,000"}, "H100 equivalents: not a plain number from 0 on"),
        ({"H100 equivalents": "inf"}, "H100 equivalents: not a plain number from 0 on"),
        ({"Chip quantity (primary)": "10.5"}, "not a whole number from 0 on"),
        ({"First Operational Date": "22/7/2025"}, "not a day like"),
        ({"First Operational Date": "7/22/0025"}, "lies outside the years"),
        ({"Status": ""}, "Status: is required"),
        ({"Include in Standard Analysis": "maybe"}, "not True, checked, False or empty"),
    ],
)
def test_a_damaged_cell_rejects_its_row_and_places_stay(
    read: Callable[[str, bytes], Rows], cells: dict[str, object], reason: str
) -> None:
    rows = read("cluster", clusters(cluster(), cluster("B", **cells), cluster("C")))
    (row,) = rows.rejected.rows(named=True)
    assert reason in row["reason"]
    assert row["row_number"] == 2
    assert rows.accepted["row_number"].to_list() == [1, 3]


def test_iso_days_and_other_ticks(read: Callable[[str, bytes], Rows]) -> None:
    other = cluster(**{"First Operational Date": "2025-07-22"}) | {
        "Include in Standard Analysis": "checked"
    }
    assert read("cluster", clusters(other)).accepted.equals(
        read("cluster", clusters(cluster())).accepted
    )


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("content", [b"", b"<html></html>", b"a,b\n1,2\n", b"\xff\xfea,b"])
def test_what_is_no_such_table_is_refused(
    read: Callable[[str, bytes], Rows], entity: str, content: bytes
) -> None:
    with pytest.raises(SchemaError):
        read(entity, content)


def test_a_column_that_vanished_is_named(read: Callable[[str, bytes], Rows]) -> None:
    header = [name for name in HEADER if name != "Include in Standard Analysis"]
    with pytest.raises(SchemaError, match="has no column 'Include in Standard Analysis'"):
        read("cluster", given.table(header, []))


def test_new_columns_are_said() -> None:
    one = ENTITIES["cluster"]
    content = given.table([*HEADER, "Mood"], [])
    assert one.new_fields is not None
    assert one.new_fields(one, content) == ["Mood"]


def test_owners_and_users_without_tags(read: Callable[[str, bytes], Rows]) -> None:
    header = [field.keys[0] for field in DATA_CENTER]
    row = {
        "Handle": "Abilene",
        "Owner": "Oracle #confident",
        "Users": "OpenAI #likely, Microsoft #speculative",
        "Current H100 equivalents": "10",
    }
    (found,) = read("data_center", given.table(header, [row])).accepted.rows(named=True)
    assert (found["owner"], found["owner_confidence"]) == ("Oracle", "confident")
    assert (found["users"], found["users_confidence"]) == (
        "OpenAI, Microsoft",
        "likely, speculative",
    )
    header = [field.keys[0] for field in SITE_CHIP]
    chip = {"Data center": "Abilene", "Date": "2026-01-02", "Chip type": "GB200"}
    rows = read("data_center_chip", given.table(header, [chip]))
    assert rows.rejected["reason"].to_list() == ["Number of Units: is required"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([cluster(**{"Status": "Planned"})], "A (Planned, Confirmed) is in the standard analysis"),
        ([cluster(**{"Include in Standard Analysis": ""})], "no row is in the standard analysis"),
        ([cluster()] * 3, "the standard analysis has 3 rows, before 5, and 0.6 times"),
        (
            [cluster(**{"H100 equivalents": "1000000"})] * 5,
            "the standard analysis has 5 rows, before 5, and 1e+03 times",
        ),
    ],
)
def test_an_edition_that_is_not_to_be_believed(
    read: Callable[[str, bytes], Rows],
    past: Past,
    rows: list[dict[str, object]],
    message: str,
) -> None:
    past.brought["cluster"] = [clusters(*[cluster()] * 5)]
    with pytest.raises(QualityError) as error:
        review_clusters(past, [read("cluster", clusters(*rows))])
    assert message in str(error.value)


def test_a_list_that_grows_is_believed(read: Callable[[str, bytes], Rows], past: Past) -> None:
    past.brought["cluster"] = [clusters(*[cluster()] * 5)]
    review_clusters(past, [read("cluster", clusters(*[cluster()] * 6))])
    review_clusters(past, [])

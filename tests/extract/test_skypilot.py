"""SkyPilot's catalogues: columns in any order, GpuInfo in six dialects; sound and damaged."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import QualityError, SchemaError
from pipeline.extract import csv_rows, skypilot
from pipeline.form import CSV
from pipeline.provenance import Provenance
from pipeline.source import Rows

HEADER = (
    "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice"
)
COLUMNS = HEADER.split(",")
INFO = (
    "{'Gpus': [{'Name': 'H100', 'Manufacturer': 'NVIDIA', 'Count': 8.0, "
    "'MemoryInfo': {'SizeInMiB': 81920}}], 'TotalGpuMemoryInMiB': 655360}"
)
H100 = {
    "InstanceType": "gpu_8x_h100_sxm5",
    "AcceleratorName": "H100",
    "AcceleratorCount": "8.0",
    "vCPUs": "208.0",
    "MemoryGiB": "1800.0",
    "Price": "23.92",
    "Region": "us-east-1",
    "GpuInfo": INFO,
    "SpotPrice": "",
}
CPU = {"InstanceType": "cpu_4x_general", "Price": "0.2", "Region": "us-east-1"}


def written(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


Origin = Callable[..., Provenance]


@pytest.fixture
def parse(origin: Origin) -> Callable[..., Rows]:
    def make(content: bytes, cloud: str = "lambda", entity: str = "offer") -> Rows:
        found = origin(f"catalog/{cloud}/{entity}", entity)
        return skypilot.ENTITIES[entity].parse(skypilot.ENTITIES[entity], content, found)

    return make


def test_a_row_has_an_offer_for_each_price(parse: Callable[..., Rows]) -> None:
    spot_alone = {**H100, "Region": "us-west-1", "Price": "", "SpotPrice": "10"}
    both = {**H100, "Region": "us-south-1", "SpotPrice": "8.0"}
    rows = parse(written([H100, CPU, spot_alone, both]))
    assert rows.rejected.is_empty()
    columns = ("region", "gpu_name", "gpu_memory_gb", "interface", "is_spot", "usd_per_hour")
    assert rows.accepted.select(columns).rows() == [
        ("us-east-1", "H100", 80.0, "SXM5", False, 23.92),
        ("us-south-1", "H100", 80.0, "SXM5", False, 23.92),
        ("us-west-1", "H100", 80.0, "SXM5", True, 10.0),
        ("us-south-1", "H100", 80.0, "SXM5", True, 8.0),
    ]
    assert set(rows.accepted["gpu_count"]) == {8.0}
    assert set(rows.accepted["provider"]) == {"lambda"}


def test_what_is_no_offer_is_left_out_and_counted(parse: Callable[..., Rows]) -> None:
    # Accelerators without a machine, as Google Cloud's are; 0 for no GPU, as at Nebius.
    alone = {**H100, "InstanceType": ""}
    rows = [H100, CPU, {**CPU, "AcceleratorCount": "0"}, alone]
    found = parse(written(rows))
    assert (len(found.accepted), len(found.rejected)) == (1, 0)
    [size] = parse(written(rows), entity="catalogue").accepted.to_dicts()
    assert (size["n_rows"], size["n_gpu_rows"], size["version"]) == (4, 2, None)


def test_rows_that_differ_by_zone_alone_are_one_offer(parse: Callable[..., Rows]) -> None:
    columns = ["AvailabilityZone", *reversed(COLUMNS)]
    rows = [{**H100, "AvailabilityZone": zone} for zone in ("a", "b", "c")]
    assert len(parse(written(rows, columns)).accepted) == 1


def test_0_is_no_spot_price_and_a_blank_region_is_unknown(parse: Callable[..., Rows]) -> None:
    rows = parse(written([{**H100, "SpotPrice": "0.00", "Region": ""}]), "vast")
    assert rows.accepted.select("region", "is_spot").rows() == [(None, False)]


def test_a_part_of_a_gpu_is_an_instance(parse: Callable[..., Rows]) -> None:
    part = {**H100, "AcceleratorName": "L4", "AcceleratorCount": "0.125", "Price": "0.2"}
    rows = parse(written([part]), "aws")
    assert rows.accepted.select("gpu_count", "usd_per_hour").rows() == [(0.125, 0.2)]


def test_a_file_may_lack_spot_prices_and_infos(parse: Callable[..., Rows]) -> None:
    columns = [name for name in COLUMNS if name not in ("SpotPrice", "GpuInfo")]
    assert parse(written([H100], columns)).accepted["gpu_memory_gb"].to_list() == [None]


# --- One GPU's memory -----------------------------------------------------------------------------

# As each cloud's file writes it, and what one GPU has.
INFOS = [
    # One GPU's, and the same again as the total.
    (
        "lambda",
        8,
        "{'Gpus': [{'Name': 'V100', 'Manufacturer': 'NVIDIA', 'Count': 8.0, "
        "'MemoryInfo': {'SizeInMiB': 16384}}], 'TotalGpuMemoryInMiB': 16384}",
        ("V100", 16.0),
    ),
    ("nebius", 8, INFO, ("H100", 80.0)),
    # In GB, whatever the key says.
    (
        "runpod",
        2,
        "{'Gpus': [{'Name': 'A100 PCIe', 'Manufacturer': 'Nvidia', 'Count': 2, "
        "'MemoryInfo': {'SizeInMiB': 80}}], 'TotalGpuMemoryInMiB': 160}",
        ("A100 PCIe", 80.0),
    ),
    # In GB, the total among the GPUs.
    (
        "shadeform",
        8,
        "{'Gpus': [{'Name': 'A6000', 'Manufacturer': 'NVIDIA', 'Count': 8.0, "
        "'MemoryInfo': {'SizeInMiB': 48}, 'TotalGpuMemoryInMiB': 384}]}",
        ("A6000", 48.0),
    ),
    # All together.
    (
        "vast",
        2,
        "{'Gpus': [{'Name': 'H200', 'Count': 2, 'MemoryInfo': {'SizeInMiB': 287542}}], "
        "'TotalGpuMemoryInMiB': 287542}",
        ("H200", 140.4),
    ),
    # JSON; all together, and that times their number as the total.
    (
        "primeintellect",
        8,
        '{"Gpus":[{"Name":"A100-80GB","Count":8,"MemoryInfo":{"SizeInMiB":655360}}],'
        '"TotalGpuMemoryInMiB":5242880}',
        ("A100-80GB", 80.0),
    ),
    # Python with the null of JSON.
    (
        "hyperstack",
        1,
        "{'Gpus': [{'Name': 'A100-80G-PCIe', 'Manufacturer': null, 'Count': 1, "
        "'MemoryInfo': {'SizeInMiB': 81920}}], 'TotalGpuMemoryInMiB': 81920}",
        ("A100-80G-PCIe", 80.0),
    ),
    # Not known.
    (
        "seeweb",
        1,
        "{'Gpus': [{'Name': 'RTX PRO 6000 96GB', 'Count': 1.0, 'MemoryInfo': {'SizeInMiB': 0}}]}",
        ("RTX PRO 6000 96GB", None),
    ),
    # More than any GPU has: a cloud that sums without our knowing it.
    ("yotta", 8, INFO.replace("81920", "655360"), ("H100", None)),
    # Two kinds of GPU.
    (
        "aws",
        2,
        "{'Gpus': [{'Name': 'A', 'MemoryInfo': {'SizeInMiB': 8192}}, "
        "{'Name': 'B', 'MemoryInfo': {'SizeInMiB': 8192}}]}",
        (None, None),
    ),
]


@pytest.mark.parametrize(("cloud", "count", "text", "expected"), INFOS)
def test_memory_of_one_gpu(cloud: str, count: int, text: str, expected: tuple[Any, Any]) -> None:
    assert skypilot.gpu_info(text, cloud, count) == expected


HOSTILE = [
    "__import__('os').system('touch /tmp/owned')",
    "[__import__('os')]",
    "9**9**9**9",
    "'a' * 10**10",
    "{'Gpus': " * 200 + "1" + "}" * 200,
    "(" * 1999,
    "[" * 900 + "]" * 900,
    "-" * 1999 + "1",
    "1" * 100_000,
    "{'Gpus': [{'Name': 'H100', 'MemoryInfo': {'SizeInMiB': 1e400}}]}",
    "{'Gpus': [{'Name': 'H100', 'MemoryInfo': {'SizeInMiB': -81920}}]}",
    "{'Gpus': [{'Name': 'H100', 'MemoryInfo': {'SizeInMiB': True}}]}",
    "{'Gpus': [{'Name': 'H100', 'MemoryInfo': {'SizeInMiB': '81920'}}]}",
    "{'Gpus': [{'Name': 'H100', 'MemoryInfo': 81920}]}",
    "{'Gpus': ['H100']}",
    "{'Gpus': {}}",
    "{{1}: 2}",
    "tpu-v6e-16",
    "nan",
    "",
    "\x00",
    "'\\ud800'",
    "lambda: 1",
    "f'{1}'",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_literal_that_is_none_gives_no_memory_and_runs_nothing(
    parse: Callable[..., Rows], text: str
) -> None:
    assert skypilot.gpu_info(text, "aws", 8)[1] is None
    if "\x00" not in text:
        # The price stands without it.
        found = parse(written([{**H100, "GpuInfo": text}]))
        assert found.accepted["gpu_memory_gb"].to_list() == [None]
    assert not Path("/tmp/owned").exists()


# --- Damage --------------------------------------------------------------------------------------

BAD_CELLS = {
    "count missing": ({"AcceleratorCount": ""}, "AcceleratorCount: is required"),
    "count 0": ({"AcceleratorCount": "0"}, "AcceleratorCount: not a plain number above 0"),
    "count text": ({"AcceleratorCount": "8x"}, "AcceleratorCount: not a plain number above 0"),
    "nameless": ({"AcceleratorName": ""}, "AcceleratorName: is required"),
    "price grouped": ({"Price": "1,234"}, "Price: not a plain number of USD above 0"),
    "price unknown": ({"Price": "N/A"}, "Price: not a plain number of USD above 0"),
    "price negative": ({"Price": "-1"}, "Price: not a plain number of USD above 0"),
    "price NaN": ({"Price": "NaN"}, "Price: not a plain number of USD above 0"),
    "price 0": ({"Price": "0"}, "Price: not a plain number of USD above 0"),
    "spot negative": ({"SpotPrice": "-1"}, "SpotPrice: not a plain number from 0 on"),
    "no price": ({"Price": ""}, "has no price"),
    "cents": ({"Price": "2392"}, "price: 299.0 USD per hour of one H100 is not from 0.2 to 25"),
    "spot per GPU": (
        {"SpotPrice": "1.2"},
        "price: 0.15 USD per hour of one H100 is not from 0.2 to 25",
    ),
}


@pytest.mark.parametrize("name", BAD_CELLS)
def test_a_row_that_does_not_fit_is_set_aside(parse: Callable[..., Rows], name: str) -> None:
    changes, reason = BAD_CELLS[name]
    rows = parse(written([H100, CPU, {**H100, "Region": "x", **changes}]))
    assert len(rows.accepted) == 1
    [(number, found)] = rows.rejected.select("row_number", "reason").rows()
    assert number == 3
    assert found.split("; ")[0] == reason


@pytest.mark.parametrize("column", ["InstanceType", "AcceleratorCount", "Price", "Region"])
def test_a_column_that_vanished_is_refused(parse: Callable[..., Rows], column: str) -> None:
    content = written([H100], [name for name in COLUMNS if name != column])
    for entity in skypilot.ENTITIES:
        with pytest.raises(SchemaError, match=f"has no column '{column}'"):
            parse(content, entity=entity)
    assert csv_rows.gate(skypilot.FIELDS)(CSV.decode(content)) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        b"404: Not Found",
        b"\xff\xfe",
        b"PAR1PAR1",
        written([H100]) + b'"x',
    ],
)
def test_what_is_no_catalogue_is_refused(parse: Callable[..., Rows], content: bytes) -> None:
    for entity in skypilot.ENTITIES:
        with pytest.raises(SchemaError) as caught:
            parse(content, entity=entity)
        assert "\n" not in str(caught.value)


def test_the_catalogue_before_is_compared_with(parse: Callable[..., Rows], past: Any) -> None:
    def rows(factor: float) -> bytes:
        return written(
            [
                {**H100, "AcceleratorName": name, "Price": str(usd * factor)}
                for name, usd in (("H100", 24), ("A100", 16), ("L40S", 12))
            ]
        )

    judge = next(one for one in skypilot.DOCUMENTS if one.dataset == "catalog/lambda").review
    assert judge is not None
    past.brought = {"catalog/lambda/offer": [rows(1)]}
    judge(past, [parse(rows(1.2)), parse(rows(1.2), entity="catalogue")])
    with pytest.raises(QualityError, match="3 of 3 medians"):
        judge(past, [parse(rows(4)), parse(rows(4), entity="catalogue")])


def test_google_cloud_is_not_asked_for() -> None:
    assert "gcp" not in skypilot.CLOUDS
    assert [one.path[-2] for one in skypilot.DOCUMENTS] == list(skypilot.CLOUDS)
    assert "not stated" in skypilot.PUBLISHER.licence

"""Offers: catalogues of dstack and SkyPilot, whole and damaged."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import BadAnswerError, QualityError, SchemaError
from pipeline.extract import dstack, offers, skypilot
from pipeline.extract.documents import Documents
from pipeline.settings import Web
from pipeline.source import Unit, Wanted
from tests.test_form import PAGE, zipped  # noqa: TID251 - the same bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.provenance import Provenance
    from pipeline.source import Rows
    from tests.extract.conftest import Host, Past  # noqa: TID251 - for its types only

COLUMNS = (
    *("instance_name", "location", "price", "cpu", "memory", "gpu_count", "gpu_name"),
    *("gpu_memory", "spot", "disk_size", "gpu_vendor", "flags", "cpu_arch", "provider_data"),
)
H100 = {
    "instance_name": "p5.48xlarge",
    "location": "us-east-1",
    "price": "55.04",
    "cpu": "192",
    "memory": "2048.0",
    "gpu_count": "8",
    "gpu_name": "H100",
    "gpu_memory": "80.0",
    "spot": "False",
    "disk_size": "",
    "gpu_vendor": "nvidia",
    "flags": "",
    "cpu_arch": "x86",
    "provider_data": '{"zones": ["a", "b"]}',
}
CPU = H100 | {
    "instance_name": "m7i.large",
    "price": "0.1",
    "gpu_count": "0",
    "gpu_name": "",
    "gpu_memory": "",
    "gpu_vendor": "",
}


def table(rows: Iterable[dict[str, str]], columns: Iterable[str] = COLUMNS) -> bytes:
    text = io.StringIO()
    names = list(columns)
    writer = csv.DictWriter(text, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def catalogue(*rows: dict[str, str], provider: str = "aws") -> bytes:
    return zipped((f"{provider}.csv", table(rows)))


Origin = "Callable[..., Provenance]"


@pytest.fixture
def of_dstack(origin: Callable[..., Provenance]) -> Callable[..., Rows]:
    def parse(content: bytes, provider: str = "aws") -> Rows:
        where = replace(origin(f"catalog/{provider}", "offer"), source="dstack")
        return dstack.parse(dstack.OFFER, content, where)

    return parse


@pytest.fixture
def of_skypilot(origin: Callable[..., Provenance]) -> Callable[..., Rows]:
    def parse(text: str, cloud: str = "lambda") -> Rows:
        where = replace(origin(f"vms/{cloud}", "offer"), source="skypilot")
        return skypilot.parse(skypilot.OFFER, text.encode(), where)

    return parse


# --- dstack -----------------------------------------------------------------------------------


def test_a_machine_has_its_price_and_its_gpus(of_dstack: Callable[..., Rows]) -> None:
    rows = of_dstack(catalogue(H100, CPU, H100 | {"spot": "True", "price": "21.5"}))
    assert rows.rejected.is_empty()
    assert rows.accepted.to_dicts() == [
        {
            "provider": "aws",
            "instance_name": "p5.48xlarge",
            "region": "us-east-1",
            "gpu_name": "H100",
            "gpu_memory_gb": 80.0,
            "interface": "sxm",
            "gpu_count": 8.0,
            "pricing": pricing,
            "price_usd_per_hour": price,
        }
        for pricing, price in (("on_demand", 55.04), ("spot", 21.5))
    ]
    assert rows.accepted.schema == dict(dstack.OFFER.schema)


@pytest.mark.parametrize(
    ("provider", "name", "form"),
    [
        ("lambdalabs", "gpu_8x_h100_sxm5", "sxm"),
        ("lambdalabs", "gpu_1x_h100_pcie", "pcie"),
        ("nebius", "gpu-h100-sxm 8gpu-128vcpu-1600gb", "sxm"),
        ("runpod", "NVIDIA H100 80GB HBM3", "sxm"),
        ("runpod", "NVIDIA H100 NVL", "nvl"),
        ("runpod", "NVIDIA A100-SXM4-80GB", "sxm"),
        ("runpod", "NVIDIA H100 PCIe", "pcie"),
        ("azure", "Standard_ND96isr_H100_v5", "sxm"),
        ("azure", "Standard_NC40ads_H100_v5", "nvl"),
        ("aws", "p5.48xlarge", "sxm"),
        ("aws", "g5.xlarge", None),
        ("verda", "8H100.80S.176V", None),
        ("aws", "sxmas.large", None),
    ],
)
def test_the_form_of_a_board_is_said_or_unknown(provider: str, name: str, form: str | None) -> None:
    assert offers.interface_of(provider, name) == form


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"gpu_count": ""}, "gpu_count: is required"),
        ({"gpu_count": "1.5"}, "gpu_count: is no whole number"),
        ({"gpu_count": "eight"}, "gpu_count: not a plain number from 0 on"),
        ({"gpu_name": ""}, "gpu_name: is required with a GPU"),
        ({"price": ""}, "price: is required"),
        ({"price": "1,234"}, "price: not a plain number above 0"),
        ({"price": "N/A"}, "price: not a plain number above 0"),
        ({"price": "NaN"}, "price: not a plain number above 0"),
        ({"price": "-2"}, "price: not a plain number above 0"),
        ({"price": "0"}, "price: not a plain number above 0"),
        (
            {"price": "5504"},
            "price_usd_per_hour: of one GPU is not between 0.005 and 150 USD an hour",
        ),
        ({"spot": "maybe"}, "spot: not True, checked, False or empty"),
        ({"instance_name": ""}, "instance_name: is required"),
    ],
)
def test_a_row_that_cannot_be_right_is_rejected_with_its_reason(
    of_dstack: Callable[..., Rows], changes: dict[str, str], reason: str
) -> None:
    rows = of_dstack(catalogue(H100, H100 | changes))
    assert len(rows.accepted) == 1
    assert rows.rejected["row_number"].to_list() == [2]
    assert rows.rejected["reason"][0].split("; ")[0] == reason


def test_a_count_is_never_taken_to_be_one(of_dstack: Callable[..., Rows]) -> None:
    assert of_dstack(catalogue(H100 | {"gpu_count": ""})).accepted.is_empty()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (catalogue(H100, provider="gcp"), "the archive has no aws.csv, but gcp.csv"),
        (zipped(), "the archive has no aws.csv, but nothing"),
        (catalogue(H100)[:200], "no whole zip archive"),
        (PAGE, "no whole zip archive"),
        (zipped(("aws.csv", table([H100], COLUMNS[:2]))), "has no column 'price'"),
    ],
)
def test_an_archive_that_is_not_the_catalogue_is_refused(
    of_dstack: Callable[..., Rows], content: bytes, said: str
) -> None:
    with pytest.raises(SchemaError, match=said):
        of_dstack(content)


def units(past: Past, now: Any, publisher: Any, documents: Any, entities: Any) -> dict[str, Unit]:
    made = Documents(publisher, documents, entities, Web())
    planned = list(made.plan(past, Wanted(now=now)))
    return {one.dataset: one for one in planned if isinstance(one, Unit)}


def test_the_newest_version_is_asked_for_first(past: Past, host: Host, now: Any) -> None:
    host.answers = {
        "aws/version": b"20261122-12345\n",
        "aws/20261122-12345/catalog.zip": catalogue(H100),
    }
    found = units(past, now, dstack.PUBLISHER, dstack.DOCUMENTS, dstack.ENTITIES)
    assert list(found) == [f"catalog/{provider}" for provider in dstack.PROVIDERS]
    ((content, origin),) = list(found["catalog/aws"].fetch(host))
    assert content == catalogue(H100)
    assert (origin.entity, origin.dataset) == ("offer", "catalog/aws")


@pytest.mark.parametrize("version", [b"../../other", b"..", b"a/b", b"", PAGE, b"-rf", b"x" * 65])
def test_a_version_that_would_lead_elsewhere_is_refused(
    past: Past, host: Host, now: Any, version: bytes
) -> None:
    host.answers = {"aws/version": version}
    found = units(past, now, dstack.PUBLISHER, dstack.DOCUMENTS, dstack.ENTITIES)
    with pytest.raises((BadAnswerError, ValueError)):
        list(found["catalog/aws"].fetch(host))
    assert [name for name, _ in host.asked] == ["aws/version"]


def test_an_archive_without_the_catalogue_is_asked_for_again(
    past: Past, host: Host, now: Any
) -> None:
    found = units(past, now, dstack.PUBLISHER, dstack.DOCUMENTS, dstack.ENTITIES)
    for archive in (catalogue(H100, provider="gcp"), zipped(("aws.csv", b"price\n1\n"))):
        host.answers = {"aws/version": b"7", "aws/7/catalog.zip": archive}
        with pytest.raises(BadAnswerError, match="has no"):
            list(found["catalog/aws"].fetch(host))


# --- SkyPilot ---------------------------------------------------------------------------------

HEADER = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo"


def test_a_machine_may_have_two_prices(of_skypilot: Callable[..., Rows]) -> None:
    info = "\"{'Gpus': [{'Name': 'H100', 'MemoryInfo': {'SizeInMiB': 81920}}]}\""
    rows = of_skypilot(
        f"{HEADER},SpotPrice\n"
        f"gpu_8x_h100_sxm5,H100-SXM,8.0,208,1800,23.92,us-1,{info},11.96\n"
        f"gpu_1x_a10,A10,1,30,200,0.75,us-1,{info},\n"
        "cpu_4x,,,4,16,0.1,us-1,,\n"
        ",tpu-v5litepod-8,1,,,9.6,us-1,,\n"
        f"g6f.large,L4,0.125,2,8,0.2,us-1,{info},\n"
        f"free,A10,1,30,200,0,us-1,{info},\n"
    )
    assert rows.rejected.is_empty()
    found = rows.accepted.select(
        "provider", "gpu_name", "interface", "gpu_count", "pricing", "price_usd_per_hour"
    )
    assert found.rows() == [
        ("lambdalabs", "H100-SXM", "sxm", 8.0, "on_demand", 23.92),
        ("lambdalabs", "A10", None, 1.0, "on_demand", 0.75),
        ("lambdalabs", "H100-SXM", "sxm", 8.0, "spot", 11.96),
    ]


def test_a_cloud_without_spot_prices_has_none(of_skypilot: Callable[..., Rows]) -> None:
    rows = of_skypilot(f"{HEADER}\nnode,A100-80GB,8,96,1900,14.32,us-1,\n")
    assert rows.accepted["pricing"].to_list() == ["on_demand"]


def test_a_gpu_without_a_count_is_rejected(of_skypilot: Callable[..., Rows]) -> None:
    rows = of_skypilot(f"{HEADER}\nnode,A100-80GB,,96,1900,14.32,us-1,\n")
    assert rows.accepted.is_empty()
    assert rows.rejected["reason"].to_list() == ["AcceleratorCount: is required with a GPU"]


def test_what_a_cell_says_is_never_run(of_skypilot: Callable[..., Rows]) -> None:
    hostile = "__import__('os').system('true')" + "[" * 10_000
    rows = of_skypilot(f"{HEADER}\nnode,A100,8,96,1900,14.32,us-1,{hostile}\n")
    assert len(rows.accepted) == 1


def test_a_file_without_its_columns_is_refused(of_skypilot: Callable[..., Rows]) -> None:
    with pytest.raises(SchemaError, match="has no column 'AcceleratorCount'"):
        of_skypilot("InstanceType,AcceleratorName,Price,Region\n")


# --- Against the catalogue before -------------------------------------------------------------

NAMES = ("H100", "H200", "A100", "L40S", "A10", "T4")


def priced(of: Callable[..., Rows], **prices: float) -> Rows:
    return of(
        catalogue(
            *(H100 | {"gpu_name": name, "price": str(8 * usd)} for name, usd in prices.items())
        )
    )


def test_prices_that_move_together_are_another_unit(of_dstack: Callable[..., Rows]) -> None:
    before = priced(of_dstack, **dict.fromkeys(NAMES, 0.9))
    cents = priced(of_dstack, **dict.fromkeys(NAMES, 90.0))
    with pytest.raises(QualityError, match=r"6 of 6 prices moved by more than half .* --refresh"):
        offers.must_be_near("catalog/aws", [before], [cents])
    # A sale of one card, and a rise of all by half, are news.
    sale = priced(of_dstack, **(dict.fromkeys(NAMES, 0.9) | {"T4": 0.2}))
    offers.must_be_near("catalog/aws", [before], [sale])
    dearer = priced(of_dstack, **dict.fromkeys(NAMES, 1.4))
    offers.must_be_near("catalog/aws", [before], [dearer])


def test_the_price_of_a_machine_taken_for_that_of_a_gpu_is_noticed(
    of_dstack: Callable[..., Rows],
) -> None:
    before = priced(of_dstack, **dict.fromkeys(NAMES, 2.0))
    whole = of_dstack(
        catalogue(*(H100 | {"gpu_name": name, "gpu_count": "1", "price": "16"} for name in NAMES))
    )
    with pytest.raises(QualityError, match="moved by more than half"):
        offers.must_be_near("catalog/aws", [before], [whole])


def test_a_review_reads_what_was_had_before(
    past: Past, now: Any, of_dstack: Callable[..., Rows]
) -> None:
    good = catalogue(*(H100 | {"gpu_name": name, "price": "8"} for name in NAMES))
    past.brought["catalog/aws"] = [good]
    found = units(past, now, dstack.PUBLISHER, dstack.DOCUMENTS, dstack.ENTITIES)
    review = found["catalog/aws"].review
    assert review is not None
    review([of_dstack(good)])
    with pytest.raises(QualityError, match="offers no accelerator any more"):
        review([of_dstack(catalogue(CPU))])
    with pytest.raises(QualityError, match="moved by more than half"):
        review([priced(of_dstack, **dict.fromkeys(NAMES, 99.0))])

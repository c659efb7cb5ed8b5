"""Bounds of prices by model, and forms of boards by the names of instances."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.extract import gpu_offers


@pytest.mark.parametrize(
    ("name", "usd", "is_taken"),
    [
        ("H100", 0.19, False),
        ("H100", 0.2, True),
        ("H100", 25, True),
        ("H100", 25.01, False),
        ("H100NVL", 26, False),
        ("NVIDIA H100 80GB HBM3", 26, False),
        ("H100-80G-PCIe", 0.1, False),
        ("A100-80GB", 20.5, False),
        ("A1000", 20.5, True),
        ("A10", 16, False),
        ("L40S", 16, False),
        ("L4", 15.5, False),
        ("B200", 55, True),
        ("GB200", 61, False),
        ("RTX4090", 9, False),
        ("GeForce RTX 4090", 9, False),
        ("RTX6000Ada", 9, True),
        ("RTX-6000-Ada", 16, False),
        ("RTX PRO 6000 96GB", 9, True),
        ("RTXPRO6000", 16, False),
        ("MI300X", 31, False),
        ("Tesla V100", 16, False),
        ("Never heard of", 99, True),
        ("Never heard of", 101, False),
        ("Never heard of", 0.002, False),
        # A slice of a TPU has many chips and one price.
        ("v5litepod-256", 307.2, True),
        ("tpu-v6e-256", 700, True),
        ("v5p-8", 33.6, True),
    ],
)
def test_prices_have_bounds_by_model(name: str, usd: float, is_taken: bool) -> None:
    reasons = gpu_offers.band_reasons(pl.Series([name]), pl.Series([float(usd)]))
    assert (reasons.to_list() == [None]) is is_taken


def test_an_unknown_price_has_no_reason() -> None:
    names = pl.Series(["H100", None], dtype=pl.String())
    usd = pl.Series([None, 1.0], dtype=pl.Float64())
    assert gpu_offers.band_reasons(names, usd).to_list() == [None, None]


@pytest.mark.parametrize(
    ("provider", "instance", "form"),
    [
        ("aws", "p5.48xlarge", "SXM"),
        ("aws", "p6-b200.48xlarge", "SXM"),
        ("aws", "p3dn.24xlarge", "SXM2"),
        ("aws", "g6e.xlarge", None),
        ("azure", "Standard_ND96isr_H100_v5", "SXM"),
        ("azure", "Standard_ND40rs_v2", "SXM2"),
        ("azure", "Standard_NC24ads_A100_v4", "PCIe"),
        ("azure", "Standard_NC6s_v3", "PCIe"),
        ("azure", "Standard_NV36ads_A10_v5", None),
        ("gcp", "a3-highgpu-8g", "SXM"),
        ("gcp", "a2-ultragpu-1g", "SXM"),
        ("gcp", "n1-standard-8", None),
        ("oci", "BM.GPU.H100.8", "SXM"),
        ("oci", "BM.GPU3.8", "SXM2"),
        ("oci", "VM.GPU.A10.1", None),
        ("verda", "1H100.80S.32V", "SXM"),
        ("verda", "4A100.88V", "SXM"),
        ("verda", "1V100.6V", None),
        ("nebius", "gpu-h100-sxm 8gpu-128vcpu-1600gb", "SXM"),
        ("lambdalabs", "gpu_8x_h100_sxm5", "SXM5"),
        ("lambdalabs", "gpu_1x_h100_pcie", "PCIe"),
        ("lambdalabs", "gpu_1x_gh200", None),
        ("runpod", "NVIDIA H100 80GB HBM3", "SXM"),
        ("runpod", "NVIDIA H100 PCIe", "PCIe"),
        ("runpod", "NVIDIA H100 NVL", "NVL"),
        ("runpod", "NVIDIA A100-SXM4-80GB", "SXM4"),
        ("runpod", "NVIDIA B300 SXM6 AC", "SXM6"),
        ("vast", "8x-H100_SXM-32-65536", "SXM"),
        ("vast", "1x-A100_PCIE-32-65536", "PCIe"),
        ("vast", "1x-H100_NVL-32-65536", "NVL"),
        ("shadeform", "lambdalabs_H100-sxm5x2", "SXM5"),
        ("hyperstack", "n3-A100x8-NVLink", None),
        # What a family has at one provider says nothing of another's.
        ("yotta", "p5.48xlarge", None),
    ],
)
def test_forms_are_told_by_names_and_families(
    provider: str, instance: str, form: str | None
) -> None:
    assert gpu_offers.interface(provider, instance) == form


def test_the_first_name_that_tells_a_form_counts() -> None:
    assert gpu_offers.interface("runpod", "1x_A100-80GB_SECURE", None, "A100 PCIe") == "PCIe"
    assert gpu_offers.interface("hyperstack", "n3-A100x8-NVLink", "A100-80G-PCIe-NVLink") == "PCIe"
    assert gpu_offers.interface("lium") is None


@pytest.mark.parametrize(
    ("name", "count", "is_of_gpu"),
    [
        ("", "0", False),
        ("", "", False),
        (" ", " 0.0 ", False),
        ("H100", "", True),
        ("H100", "0", True),
        ("", "8", True),
        ("", "many", True),
    ],
)
def test_what_names_or_counts_gpus_is_of_gpus(name: str, count: str, is_of_gpu: bool) -> None:
    assert gpu_offers.is_of_gpu(pl.Series([name]), pl.Series([count])).to_list() == [is_of_gpu]

"""The fits: published classes, Student quantiles, and the line, against truth that is known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.estimate.accelerator import Accelerator, accelerators
from pipeline.estimate.backtest import fitted, moments
from pipeline.estimate.mfu import ALL, Fit, Sample, class_of, is_fused, terms_of
from pipeline.estimate.speed import Spread
from pipeline.estimate.timing import Timing
from tests.estimate.timed_rows import KEYS, known, made, read, specs  # noqa: TID251 - its rows

# Class, timings, geometric mean, standard deviation of ln, range, models: computed once by hand
# from the published timings, single GPUs with dense attention in 16 bits.
PUBLISHED = [
    ("Hopper stock", 8, 0.36, 0.13, 0.30, 0.46, 4),
    ("Ampere, 312 TFLOP/s", 3, 0.59, 0.07, 0.54, 0.62, 1),
    ("Hopper, 148 TFLOP/s", 2, 0.74, 0.22, 0.63, 0.87, 1),
    ("Ada, 165 TFLOP/s", 2, 0.61, 0.08, 0.58, 0.65, 2),
    ("Hopper fused", 6, 0.56, 0.18, 0.41, 0.67, 3),
    ("Ada, 147 TFLOP/s", 1, 0.74, None, 0.74, 0.74, 1),
]


def assert_published(timings: list[Timing]) -> None:
    found = {one.name: one for one in moments(timings)}
    assert list(found) == [row[0] for row in PUBLISHED]
    for name, n, mean, sd, least, most, models in PUBLISHED:
        one = found[name]
        assert (one.n, one.n_models) == (n, models), name
        assert one.geometric_mean == pytest.approx(mean, abs=0.005), name
        assert (one.least, one.most) == pytest.approx((least, most), abs=0.005), name
        if sd is None:
            assert one.sd_ln is None
        else:
            assert one.sd_ln == pytest.approx(sd, abs=0.005), name


def test_the_editions_timings_give_the_published_table() -> None:
    assert_published(read())


def test_the_compiled_facts_give_the_published_table(shared_facts: Path) -> None:
    assert_published(read(shared_facts / "video_model_timings.csv"))


def test_eight_gpus_keep_the_published_share_of_their_speed() -> None:
    """Time on one GPU over 8 x time on eight: 1 / (1 + 7 c) of the mean loss c."""
    published = {
        "links of their own": (0.80, 0.84, 0.86, 0.75),  # Wan 2.1, 2.2, LightX2V, Open-Sora 2
        "PCIe": (0.43, 0.29),  # Wan 5B and 1.3B
    }
    for link, efficiencies in published.items():
        found = fitted(read()).loss.of(link)
        assert found is not None
        assert found.n == len(efficiencies)
        losses = [(1 / one - 1) / 7 for one in efficiencies]
        assert found.median == pytest.approx(stats.gmean(losses), rel=0.02)


def test_a_pair_is_made_of_what_is_described_alike() -> None:
    """Eight GPUs of one framework are held against one GPU of the same, not of another."""
    both = made(
        {"case_text": "s/it xDiT", "seconds": 80.0, "model": "B"},
        {"case_text": "s/it FastVideo", "seconds": 160.0, "model": "B"},
        {"case_text": "s/it xDiT, 8 GPUs", "seconds": 20.0, "gpus": 8, "model": "B"},
        {"case_text": "s/it FastVideo, 8 GPUs", "seconds": 40.0, "gpus": 8, "model": "B"},
    )
    found = fitted(both).loss.of("links of their own")
    assert found is not None
    assert found.n == 2
    assert found.median == pytest.approx(1 / 7)  # twice the GPU-seconds on eight
    assert found.sd_ln == pytest.approx(0)


def test_a_share_beyond_the_peak_is_no_evidence() -> None:
    """Such a row was not run in full attention and 16 bits, whatever it says."""
    peak_seconds = made({})[0].at_peak(known()[KEYS["H100"]])
    fast, slow = ({"seconds": factor * peak_seconds} for factor in (0.9, 2.5))
    assert fitted(made(slow, slow)).mfu.of("Hopper stock") is not None
    found = fitted(made(slow, fast, slow)).mfu.of("Hopper stock")
    assert found is not None
    assert found.n == 2
    assert found.median == pytest.approx(1 / 2.5)


def test_what_is_mostly_decoding_is_no_evidence() -> None:
    """A clip of few steps, end to end: half of its seconds and more are not the model's."""
    h100 = known()[KEYS["H100"]]
    clip = {"kind": "end-to-end", "steps": 1, "passes": 1, "tokens": 75_600}
    overhead = made(clip)[0].overhead(h100)
    compute = made(clip)[0].at_peak(h100)
    assert overhead > compute
    rows = made({**clip, "seconds": 1.2 * overhead}, {**clip, "seconds": 1.5 * overhead})
    assert fitted(rows).mfu.of("Hopper stock") is None


# --------------------------------------------------------------------------------- the classes


def samples(
    kind: str, *values: float, model: str = "A", terms: tuple[float, ...] = (1.0,)
) -> list[Sample]:
    return [Sample(math.log(value), model, (len(model),), kind, terms) for value in values]


def test_a_further_timing_of_a_class_has_a_student_distribution() -> None:
    """Means of classes, the spread about them pooled, 1 + 1 / n for the mean of n."""
    one, two = (0.30, 0.36, 0.45, 0.33), (0.55, 0.62)
    found = Fit([*samples("one", *one), *samples("two", *two)], ALL).of("one", (1.0,))
    assert found is not None
    logs = [np.log(one), np.log(two)]
    freedom = (len(one) - 1) + (len(two) - 1)
    pooled = math.sqrt(sum(float(np.var(x)) * len(x) for x in logs) / freedom)
    law = stats.t(freedom, loc=np.mean(logs[0]), scale=pooled * math.sqrt(1 + 1 / len(one)))
    assert (found.name, found.n, found.n_models, found.freedom) == ("one", 4, 1, freedom)
    assert found.median == pytest.approx(stats.gmean(one))
    assert found.sd_ln == pytest.approx(law.kwds["scale"])


def test_seconds_have_student_quantiles_too() -> None:
    spread = Spread(120.0, 0.2, 7, 60.0)
    for probability in (0.05, 0.1, 0.5, 0.9):
        expected = 120 * math.exp(0.2 * stats.t.ppf(probability, 7))
        assert spread.quantile(probability) == pytest.approx(expected)
    assert spread.quantile(1e-6) == 60.0, "nothing is faster than the full peak"


def test_a_class_of_one_borrows_the_spread_of_the_others() -> None:
    fit = Fit([*samples("many", 0.3, 0.4, 0.5), *samples("one", 0.7)], ALL)
    found = fit.of("one", (1.0,))
    assert found is not None
    assert (found.n, found.freedom) == (1, 2)
    assert found.median == pytest.approx(0.7)
    sd = float(np.std(np.log([0.3, 0.4, 0.5]), ddof=1))
    assert found.sd_ln == pytest.approx(sd * math.sqrt(2))


@pytest.mark.parametrize("values", [(), (0.5,)])
def test_where_no_spread_is_known_nothing_is_said(values: tuple[float, ...]) -> None:
    assert Fit(samples("one", *values), ALL).of("one", (1.0,)) is None
    assert Fit(samples("one", *values), ALL).of("other", (1.0,)) is None


# ------------------------------------------------------------------------------------ the line


def test_a_class_without_timings_is_taken_from_a_line_through_all() -> None:
    """Against numpy's polyfit, its covariance and Student's quantiles."""
    generator = np.random.default_rng(1)
    x = np.linspace(-2, 0, 12)
    y = -1.0 - 0.3 * x + generator.normal(0, 0.1, len(x))
    fit = Fit(
        [
            Sample(v, "A", (), f"kind {k % 4}", (1.0, u))
            for k, (u, v) in enumerate(zip(x, y, strict=True))
        ],
        ALL,
    )
    slope, intercept = np.polyfit(x, y, 1)
    residual = math.sqrt(float(np.sum((y - slope * x - intercept) ** 2)) / (len(x) - 2))
    for at in (-2.0, -1.0, 0.5):
        found = fit.of("another", (1.0, at))
        assert found is not None
        leverage = 1 / len(x) + (at - x.mean()) ** 2 / float(np.sum((x - x.mean()) ** 2))
        assert (found.name, found.freedom, found.n) == (ALL, len(x) - 2, len(x))
        assert found.ln == pytest.approx(intercept + slope * at)
        assert found.sd_ln == pytest.approx(residual * math.sqrt(1 + leverage))


def test_an_exact_line_is_found_again() -> None:
    x = (-2.0, -1.0, -0.5, 0.0)
    fit = Fit([Sample(0.5 - 0.4 * u, "A", (), str(u), (1.0, u)) for u in x], ALL)
    found = fit.of("another", (1.0, 1.5))
    assert found is not None
    assert found.ln == pytest.approx(0.5 - 0.4 * 1.5)
    assert found.sd_ln == pytest.approx(0, abs=1e-12)
    slower, slowest = (fit.of("another", (1.0, at)) for at in (-3.0, -2.0))
    assert slower == slowest, "level below what was timed"


def test_shares_lie_on_a_line_of_log_odds_and_stay_below_one() -> None:
    odds = {-2.0: 1.5, -1.5: 1.0, -0.5: 0.0, 0.0: -0.5}
    rows = [Sample(-math.log1p(math.exp(-z)), "A", (), str(u), (1.0, u)) for u, z in odds.items()]
    fit = Fit(rows, ALL, shares=True)
    for at in (-2.0, -1.0, 1.0, 4.0):
        found = fit.of("another", (1.0, at))
        assert found is not None
        assert found.median == pytest.approx(1 / (1 + math.exp(0.5 + at)))
    for one in known().values():
        for fused in (False, True):
            said = fitted(read()).mfu.of(class_of(one, fused=fused), terms_of(one, fused=fused))
            assert said is not None
            assert 0.1 < said.median < 0.8, one.key


def test_the_line_says_nothing_of_what_no_sample_tells() -> None:
    """Software that was never timed has no term that the others determine."""
    fit = Fit([Sample(0.1 * u, "A", (), str(u), (1.0, u, 0.0)) for u in (-2.0, -1.0, 0.0)], ALL)
    assert fit.of("another", (1.0, -0.5, 0.0)) is not None
    assert fit.of("another", (1.0, -0.5, 1.0)) is None


def test_without_a_model_is_without_all_its_samples() -> None:
    fit = Fit([*samples("one", 0.3, 0.4), *samples("one", 0.6, 0.7, model="BB")], ALL)
    for name, size in (("A", ()), ("another name", (1,))):
        found = fit.without(name, size).of("one")
        assert found is not None
        assert found.n == 2
        assert found.median == pytest.approx(math.sqrt(0.6 * 0.7))
    assert fit.without("A", (2,)).of("one") is None


# ----------------------------------------------------------------------- accelerators and words


@pytest.mark.parametrize(
    ("key", "fused", "name"),
    [
        ("H100", False, "Hopper stock"),
        ("H200", True, "Hopper fused"),
        ("H20", True, "Hopper, 148 TFLOP/s"),
        ("A100", True, "Ampere, 312 TFLOP/s"),
        ("RTX 4090", False, "Ada, 165 TFLOP/s"),
        ("B200", False, "Blackwell, stock"),
    ],
)
def test_software_decides_where_the_rate_is_high(key: str, fused: bool, name: str) -> None:
    one = known()[KEYS[key]]
    assert class_of(one, fused=fused) == name
    assert terms_of(one, fused=fused)[2] == float(fused and one.peak_flops > 900e12)


@pytest.mark.parametrize(
    ("case", "fused"),
    [
        ("T2V 720p 81f FA2 offload", False),
        ("Wan2.2 A14B T2V 720p FA3", True),
        ("720p, 3-step DMD, FA3+compile", True),
        ("flash attention 3", True),
        ("FlashAttention-3", True),
        ("I2V 480p, s/it LightX2V", True),
        ("I2V 480p, s/it Diffusers", False),
        ("720p 129f, Diffusers, flash-attn 2.7.2", False),
        ("torch.compile", True),
        ("FA-3, flash-attn 3", True),
        ("without FA3, not compiled", False),
        ("unfused kernels, no FA3", False),
        ("torch.compile off; compiled: no", False),
        ("256px 129f offload", False),
        ("", False),
    ],
)
def test_fused_software_is_told_by_its_name(case: str, fused: bool) -> None:
    assert is_fused(case) is fused


def test_accelerators_without_rate_memory_or_bandwidth_are_left_out() -> None:
    frame = specs()
    found = accelerators(frame)
    complete = frame.drop_nulls(["bf16_dense_tflops", "memory_gb", "memory_bandwidth_gb_s"])
    assert list(found) == sorted(complete["gpu_key"])
    h100 = found[KEYS["H100"]]
    assert (h100.peak_flops, h100.memory_gb, h100.bandwidth_gb_s) == (989.4e12, 80, 3350)
    assert h100.is_switched
    assert not found[KEYS["RTX 4090"]].is_switched


@given(
    tokens=st.integers(100, 200_000),
    seconds=st.floats(0.1, 1e5),
    gpus=st.integers(1, 8),
    peak=st.floats(50e12, 500e12),
)
def test_twice_the_peak_in_half_the_time_is_the_same_share(
    tokens: int, seconds: float, gpus: int, peak: float
) -> None:
    card = Accelerator("card", "NVIDIA", "Ada", peak, 24, 1000, is_switched=False)
    twice = Accelerator("twice", "NVIDIA", "Ada", 2 * peak, 24, 1000, is_switched=False)
    rows = (
        {"gpu_key": key, "gpus": gpus, "tokens": tokens, "seconds": s}
        for key, s in (("card", seconds), ("twice", seconds / 2))
    )
    one, two = made(*rows, accelerators_={"card": card, "twice": twice})
    assert one.at_peak(card) / one.seconds == pytest.approx(two.at_peak(twice) / two.seconds)

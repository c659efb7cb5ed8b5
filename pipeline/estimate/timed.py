"""What published timings say, as tables: the back-test, the fits, and what they are used for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from pipeline.estimate import catalogue, training
from pipeline.estimate.accelerator import H100, Accelerator, accelerators
from pipeline.estimate.backtest import Row, Score, backtest, fitted, moments, scores
from pipeline.estimate.catalogue import Catalogue
from pipeline.estimate.speed import Fits
from pipeline.estimate.table import Table
from pipeline.estimate.throughput import Made, throughput
from pipeline.estimate.timing import Timing, timings

READ = ("marts.video_timing", "marts.gpu")
"""What is read of the warehouse."""

TABLES: Mapping[str, Table] = {
    "estimates.backtest": Table(
        "Published timings of video models, each predicted from those of other models: FLOPs, "
        "attention counted, over the MFU of the GPU and its software, beside two naive methods. "
        "One row per model, GPU, number of GPUs, case and source.",
        ("model", "gpu", "gpus", "case_text", "source"),
        READ,
        {
            "kind": "What the seconds cover: end-to-end from prompt to file, or denoising alone.",
            "flop": "Of all steps that were timed, text left out.",
            "mfu": "FLOPs over seconds and the dense BF16 peak of all its GPUs.",
            "source": "Document of the timing.",
            "p10": "Seconds that it takes more than with a probability of 90 %.",
            "p90": "Seconds that it takes less than with a probability of 90 %.",
            "ratio": "Predicted over measured seconds.",
            "published_seconds": "Seconds of the clip at 5 minutes of video an hour of GPU; null: "
            "the length of the clip is unknown, or a single step was timed.",
            "seconds": "Seconds that the GPUs took, for a clip or for one step.",
            "reason": "Why nothing is predicted, or why it does not count; null: neither.",
        },
    ),
    "estimates.backtest_score": Table(
        "How far each way to predict the published timings was off. One row per method.",
        ("method",),
        READ,
        {"n_timings": "Comparable timings that the method has a figure for."},
    ),
    "estimates.mfu_class": Table(
        "Share of the dense BF16 peak that video models reach, by class of GPU and software, over "
        "comparable timings of single GPUs. One row per class.",
        ("mfu_class",),
        READ,
        {
            "n_models": "Models among them.",
            "sd_ln": "Standard deviation of the logarithm; null: a single timing.",
            "least": "Smallest share.",
            "most": "Largest share.",
            "computing_mfu": "Share while it computes, decoding left out, that predictions take: "
            "the geometric mean; null: none of its timings says it.",
        },
    ),
    "estimates.workload": Table(
        "Clips and images that known models are asked for: tokens, FLOPs and memory. One row per "
        "model and workload.",
        ("model", "workload"),
        (),
        {
            "title": "Name of the model and of the workload.",
            "flop": "Of one clip or image, all parts together; text as far as its length is known.",
            "frames": "Frames of the clip; 1 for an image.",
            "video_s": "Length of the clip; null: an image.",
            "note": "What the dimensions leave open; null: nothing.",
            "grade": "How far the source of the dimensions can be trusted.",
        },
    ),
    "estimates.workload_throughput": Table(
        "What an NVIDIA accelerator makes of a workload in an hour, and how many H100 it equals at "
        "it, from fits to published timings; of other makers no timing is known. One row per "
        "accelerator, model, workload and generation of software.",
        ("gpu_key", "model", "workload", "software"),
        READ,
        {
            "gpu_key": "Accelerator with its form and memory, by capbrief's key.",
            "seconds": "Seconds of one clip or image on the group, median.",
            **{
                f"h100e_{name}": "H100s that one GPU alone equals at the workload, by seconds with "
                f"software of one generation on both, {text}; 0 where it does not hold it. Null: "
                "no H100 alone holds it."
                for name, text in (
                    ("p05", "5th percentile"),
                    ("p50", "median"),
                    ("p95", "95th percentile"),
                )
            },
        },
    ),
    "estimates.training_run": Table(
        "Training runs of which figures were published, their FLOPs counted again with attention, "
        "and the video that takes as much compute. One row per run.",
        ("run",),
        READ,
        {
            "model": "Model in the catalogue of workloads; null: it is not there.",
            "flop": "Of the run, as its source counts it; null: it gives none.",
            "gpu_key": "Accelerator that it ran on; null: nobody says.",
            "gpus": "How many accelerators; null: nobody says.",
            "mfu": "FLOPs of the source over GPU-hours and dense BF16 peak; null: one is unknown.",
            "workload": "Workload of the model that break-even is counted in; null: none.",
            "published": "Day, month or year in which the figures were public.",
            "sources": "Documents of the figures, with their addresses.",
            "note": "What the figures leave open.",
        },
    ),
}
"""Every table that timings make, by name."""

_F, _I, _S, _B = pl.Float64, pl.Int64, pl.String, pl.Boolean
_THREE = ("p05", "p50", "p95")

SCHEMAS: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "estimates.backtest": {
        **dict.fromkeys(("model", "gpu"), _S),
        "gpus": _I,
        **dict.fromkeys(("case_text", "source", "gpu_key", "kind"), _S),
        **dict.fromkeys(("is_comparable", "is_scored"), _B),
        "tokens": _I,
        **dict.fromkeys(("flop", "seconds", "mfu"), _F),
        "fitted_from": _S,
        "n_fitted": _I,
        "n_fitted_models": _I,
        **dict.fromkeys(("parallel_efficiency", "predicted_seconds", "p10", "p90"), _F),
        "ratio": _F,
        "is_inside": _B,
        **dict.fromkeys(("naive_seconds", "published_seconds"), _F),
        "reason": _S,
    },
    "estimates.backtest_score": {
        "method": _S,
        "n_timings": _I,
        **dict.fromkeys(
            ("median_error_share", "p90_error_share", "median_ratio", "coverage_share"), _F
        ),
    },
    "estimates.mfu_class": {
        **dict.fromkeys(("mfu_class", "gpus_named"), _S),
        **dict.fromkeys(("n_timings", "n_models"), _I),
        **dict.fromkeys(("geometric_mean", "sd_ln", "least", "most", "computing_mfu"), _F),
    },
    "estimates.workload": {
        **dict.fromkeys(("model", "workload", "title", "medium"), _S),
        "parameters": _F,
        **dict.fromkeys(("width_px", "height_px", "frames", "steps", "passes", "tokens"), _I),
        "video_s": _F,
        **dict.fromkeys(("linear_flop", "attention_flop", "cross_flop", "flop"), _F),
        **dict.fromkeys(("memory_16bit_gb", "memory_8bit_gb"), _F),
        **dict.fromkeys(("source_title", "source_url", "grade", "note"), _S),
    },
    "estimates.workload_throughput": {
        **dict.fromkeys(("gpu_key", "model", "workload", "software"), _S),
        "is_fitting": _B,
        "needed_gb": _F,
        **dict.fromkeys(("group_gpus", "weight_bits"), _I),
        "fitted_from": _S,
        **dict.fromkeys(("parallel_efficiency", "seconds"), _F),
        **dict.fromkeys((f"minutes_per_gpu_hour_{name}" for name in _THREE), _F),
        **dict.fromkeys((f"clips_per_gpu_hour_{name}" for name in _THREE), _F),
        **dict.fromkeys((f"h100e_{name}" for name in _THREE), _F),
    },
    "estimates.training_run": {
        **dict.fromkeys(("run", "title", "model"), _S),
        "parameters": _F,
        "flop": _F,
        "flop_method": _S,
        "counted_flop": _F,
        "gpu_key": _S,
        "gpus": _I,
        "gpu_hours": _F,
        "gpu_hours_by": _S,
        **dict.fromkeys(("mfu_stated", "mfu", "counted_mfu", "h100_hours"), _F),
        "workload": _S,
        **dict.fromkeys((f"breakeven_minutes_{name}" for name in _THREE), _F),
        **dict.fromkeys(("published", "sources", "note"), _S),
    },
}
"""Columns of the tables that timings make, and their types."""


def timed(timing_rows: pl.DataFrame, specs: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """One frame for each table of ``SCHEMAS``.

    Args:
        timing_rows: rows of marts.video_timing.
        specs: rows of marts.gpu.
    """
    known, kept = accelerators(specs), catalogue.shipped()
    found = timings(timing_rows, known, kept)
    by = fitted(found)
    tested = backtest(found, found)
    made = list(throughput(known, by, kept))
    return {
        "estimates.backtest": backtest_frame(tested),
        "estimates.backtest_score": score_frame(scores(tested)),
        "estimates.mfu_class": class_frame(by, found),
        "estimates.workload": _frame("estimates.workload", _workloads(kept)),
        "estimates.workload_throughput": _frame(
            "estimates.workload_throughput", (_throughput(one) for one in made)
        ),
        "estimates.training_run": _frame("estimates.training_run", _runs(kept, known, made)),
    }


def backtest_frame(rows: Iterable[Row]) -> pl.DataFrame:
    """Timings and what was predicted for them, in the columns of estimates.backtest."""
    return _frame("estimates.backtest", map(_tested, rows))


def score_frame(found: Iterable[Score]) -> pl.DataFrame:
    """How far the methods were off, in the columns of estimates.backtest_score."""
    rows = (
        (one.method, one.n, one.median_error, one.p90_error, one.median_ratio, one.coverage)
        for one in found
    )
    return _frame("estimates.backtest_score", rows)


def class_frame(by: Fits, evidence: Sequence[Timing]) -> pl.DataFrame:
    """MFU by class, in the columns of estimates.mfu_class."""
    rows = []
    for one in moments(evidence):
        taken = by.mfu.of(one.name)
        share = taken.median if taken is not None and taken.name == one.name else None
        rows.append(
            (
                *(one.name, ", ".join(one.gpus), one.n, one.n_models, one.geometric_mean),
                *(one.sd_ln, one.least, one.most, share),
            )
        )
    return _frame("estimates.mfu_class", rows)


def _tested(row: Row) -> tuple[object, ...]:
    one, made = row.timing, row.prediction
    accelerator = one.accelerator
    head = (
        *(one.model, one.gpu, one.gpus, one.case, one.source),
        *(accelerator and accelerator.key, one.kind, one.is_comparable, row.is_scored),
        *(one.tokens, one.flop, one.seconds),
        one.mfu,
    )
    tail = (row.is_inside, row.naive_seconds, row.published_seconds, row.reason or None)
    if made is None:
        return (*head, *[None] * 8, *tail)
    seconds = made.seconds
    return (
        *head,
        *(made.mfu.name, made.mfu.n, made.mfu.n_models, made.efficiency),
        *(seconds.median, seconds.quantile(0.1), seconds.quantile(0.9)),
        seconds.median / one.seconds,
        *tail,
    )


def _workloads(kept: Catalogue) -> Iterable[tuple[object, ...]]:
    for model in kept.models.values():
        for one in model.workloads:
            flop, source = model.flop(one), kept.sources[one.source]
            passes = one.steps * one.passes
            parts = [float(flop.linear_flop * passes), float(flop.attention_flop * passes)]
            cross = None if model.text_tokens is None else float(flop.cross_flop * passes)
            yield (
                *(model.id, one.id, f"{model.title}, {one.id}", model.medium, model.parameters),
                *(one.width, one.height, one.frames, one.steps, one.passes, model.tokens(one)),
                model.video_seconds(one),
                *(*parts, cross),
                float(flop.flop_per_clip),
                *(model.memory_gb(one, size) for size in (2.0, 1.0)),
                *(source["title"], source["url"], source["grade"], model.note or None),
            )


def _throughput(one: Made) -> tuple[object, ...]:
    fitting, made = one.fitting, one.prediction
    minutes = one.video_seconds and one.per_gpu_hour(one.video_seconds / 60)
    return (
        *(one.accelerator, one.model, one.workload, one.software, one.is_fitting),
        one.single_gb,
        *((fitting.gpus, fitting.weight_bits) if fitting else (None, None)),
        *((made.mfu.name, made.efficiency, made.seconds.median) if made else [None] * 3),
        *(minutes or [None] * 3),
        *(one.per_gpu_hour(1.0) or [None] * 3),
        *(one.h100e or [None] * 3),
    )


def _runs(
    kept: Catalogue, known: Mapping[str, Accelerator], made: Iterable[Made]
) -> Iterable[tuple[object, ...]]:
    """Runs with their MFU by both counts, and the minutes of their own model that take as much."""
    on_h100 = {
        (one.model, one.workload): one
        for one in made
        if one.accelerator == H100 and one.software == "stock"
    }
    for run in training.shipped():
        used, h100 = known.get(run.gpu_key or ""), known.get(H100)
        counted = run.counted_flop(kept)
        at_peak = used and run.gpu_hours and used.peak_flops * run.gpu_hours * 3600
        hours = used and h100 and run.gpu_hours and run.gpu_hours * used.peak_flops
        h100_hours = hours / h100.peak_flops if hours and h100 else None
        model = kept.models.get(run.model or "")
        workload = model.workloads[0].id if model and model.medium == "video" else None
        one = on_h100.get((run.model or "", workload or ""))
        minutes = one and one.video_seconds and one.per_gpu_hour(one.video_seconds / 60)
        yield (
            *(run.id, run.title, run.model, run.parameters, run.flop, run.flop_method, counted),
            *(run.gpu_key, run.gpus, run.gpu_hours, run.gpu_hours_by, run.mfu_stated),
            run.flop / at_peak if run.flop and at_peak else None,
            counted / at_peak if counted and at_peak else None,
            h100_hours,
            workload,
            *([h100_hours * rate for rate in minutes] if minutes and h100_hours else [None] * 3),
            *(run.published, "; ".join(run.sources), run.note),
        )


def _frame(table: str, rows: Iterable[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(SCHEMAS[table]), orient="row")

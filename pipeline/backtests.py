"""Back-test: the command that predicts published timings, or a user's own; needs no warehouse.

It imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipeline.errors import PartialError, QualityError, UsageError
from pipeline.invocation import job_of, print_result
from pipeline.rows import as_json
from pipeline.visible import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    import polars as pl

    from pipeline.console import Log
    from pipeline.estimate.accelerator import Accelerator
    from pipeline.estimate.backtest import Row, Score
    from pipeline.estimate.timing import Timing

_SAME = ("model", "gpu", "gpus", "tokens", "steps", "passes", "seconds")
"""What makes two rows one timing, whoever tells it."""


def backtest(options: argparse.Namespace, log: Log) -> int:
    """Predict every timing from those of other models.

    Raises:
        UsageError: the file of timings cannot be taken.
        PartialError: some that would count cannot be predicted; the others are.
    """
    import polars as pl

    from pipeline import naming
    from pipeline.estimate import backtest as testing
    from pipeline.estimate import timed
    from pipeline.estimate.accelerator import accelerators
    from pipeline.extract import timing_file

    job = job_of(options, log)
    own = timing_file.read(options.timings) if options.timings is not None else None
    shipped = timing_file.shipped("video_timing")
    both = [shipped] if own is None else [own, shipped]
    everything = pl.concat(both).unique(_SAME, keep="first", maintain_order=True)
    known = accelerators(timing_file.shipped("gpu_spec"))
    keys = naming.gpu_keys(everything["gpu"], timing_file.shipped("gpu_alias"), job.sql)
    try:
        asked = _timings(shipped if own is None else own, keys, known)
    except QualityError as error:
        lines = str(error).splitlines()
        raise UsageError("\n".join(f"{options.timings}: {line}" for line in lines)) from error
    evidence = _timings(everything, keys, known)
    rows = testing.backtest(asked, evidence)
    scores = testing.scores(rows)
    classes = timed.class_frame(testing.fitted(evidence), evidence)
    result = {
        "rows": _plain(timed.backtest_frame(rows).rename({"case_text": "case"})),
        "scores": _plain(timed.score_frame(scores)),
        "classes": _plain(classes),
    }
    text = "\n".join([_drawn(rows), "", *_told(scores), "", _fits(classes)])
    print_result(options, result, visible(text))
    counting = [row for row in rows if row.timing.is_comparable]
    if above := [row.timing for row in counting if row.timing.is_above_peak]:
        log(
            "above_peak",
            timings=len(above),
            first=f"{above[0].model} on {above[0].gpu}, {above[0].case}",
            do="they count as not comparable; look at sizes, passes and comparable",
        )
    if lost := [row for row in counting if row.prediction is None]:
        reasons = "; ".join(sorted({row.reason for row in lost}))
        raise PartialError(
            f"{len(lost)} of {len(counting)} comparable timings are not predicted: {reasons}"
        )
    return 0


def _timings(
    rows: pl.DataFrame, keys: Mapping[str, str | None], known: Mapping[str, Accelerator]
) -> list[Timing]:
    import polars as pl

    from pipeline.estimate import catalogue
    from pipeline.estimate.timing import timings

    key = pl.col("gpu").replace_strict(keys, default=None, return_dtype=pl.String)
    named = rows.rename({"case": "case_text", "comparable": "is_comparable"})
    return timings(named.with_columns(gpu_key=key), known, catalogue.shipped())


def _plain(frame: pl.DataFrame) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(as_json(frame))
    return rows


def _drawn(rows: Sequence[Row]) -> str:
    """Timings for people: those that count first."""
    from pipeline import answers

    lines = []
    for row in sorted(rows, key=lambda one: not one.is_scored):
        one, made = row.timing, row.prediction
        seconds = made.seconds if made is not None else None
        lines.append(
            {
                "model": one.model,
                "GPU": one.gpu if one.gpus == 1 else f"{one.gpus} x {one.gpu}",
                "case": one.case,
                "seconds": answers.number(one.seconds),
                "predicted": answers.number(seconds.median) if seconds else "",
                "p10": answers.number(seconds.quantile(0.1)) if seconds else "",
                "p90": answers.number(seconds.quantile(0.9)) if seconds else "",
                "ratio": answers.number(seconds.median / one.seconds, 3) if seconds else "",
                "weights alone": _seconds(row.naive_seconds),
                "5 min an hour": _seconds(row.published_seconds),
                "inside": {True: "yes", False: "no", None: ""}[row.is_inside],
                "from": f"{made.mfu.name} ({made.mfu.n})" if made else row.reason,
                "software": "fused" if one.is_fused else "stock",
                "scored": "yes" if row.is_scored else "no",
            }
        )
    return answers.drawn(lines)


def _seconds(found: float | None) -> str:
    from pipeline import answers

    return "" if found is None else answers.number(found)


def _told(scores: Sequence[Score]) -> list[str]:
    if not scores:
        return ["no comparable timing is predicted: nothing to score"]
    lines = []
    for one in scores:
        inside = "" if one.coverage is None else f", {one.coverage:.0%} inside of the 80 % interval"
        lines.append(
            f"{one.method}: median error {one.median_error:.1%}, 9 in 10 within "
            f"{one.p90_error:.0%}, predicted/measured {one.median_ratio:.2f} at the median "
            f"({one.n} timings{inside})"
        )
    return lines


def _fits(classes: pl.DataFrame) -> str:
    from pipeline import answers

    lines = []
    for row in classes.iter_rows(named=True):
        sd = row["sd_ln"]
        lines.append(
            {
                "class": row["mfu_class"],
                "GPUs": row["gpus_named"],
                "timings": str(row["n_timings"]),
                "models": str(row["n_models"]),
                "MFU": f"{row['geometric_mean']:.2f}",
                "sd of ln": "" if sd is None else f"{sd:.2f}",
                "range": f"{row['least']:.2f} to {row['most']:.2f}",
                "decoding left out": f"{row['computing_mfu']:.2f}" if row["computing_mfu"] else "",
            }
        )
    return answers.drawn(lines)

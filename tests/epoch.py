"""Epoch AI's archives as the tests need them: small ones of our own, and recorded files.

The small ones are in the form of the published data sets (ISO dates, ``H100/H200``, ``Incomplete``
True, 24 columns); the recorded ones in that of the repository.
"""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "supply"

_UNITS = [f"Number of Units{end}" for end in ("", " (5th percentile)", " (95th percentile)")]
_H100E = ["Compute estimate in H100e (median)", "H100e (5th percentile)", "H100e (95th percentile)"]
_POWER = [f"Total TDP (W){end}" for end in ("", " (5th percentile)", " (95th percentile)")]
_COSTS = [
    f"{what}{end}"
    for what in ("Chip Cost (USD)", "Cost Estimate (USD)")
    for end in ("", " (5th percentile)", " (95th percentile)")
]
TIMELINE = [
    *("Name", "Chip manufacturer", "Start date", "End date", "Incomplete"),
    *_UNITS,
    *_H100E,
    *("Source / Link", "Notes", "Chip type", "Chip TDP (W)"),
    *_POWER,
    *_COSTS,
]
TOTAL = [*TIMELINE[:5], *_UNITS, *_H100E, "Notes"]

# Units of each chip by quarter; one B200 is 2.5 H100, one MI300X 1.3.
QUARTERS = {
    ("2026-01-01", "2026-03-31"): {"H100/H200": 1000, "B200": 2000, "Instinct MI300X": 500},
    ("2026-04-01", "2026-06-30"): {"H100/H200": 500, "B200": 4000, "Instinct MI300X": 600},
    ("2026-07-01", "2026-09-30"): {"B200": 1000},
}
RATES = {"H100/H200": 1.0, "B200": 2.5, "Instinct MI300X": 1.3}
DESIGNERS = {"H100/H200": "Nvidia", "B200": "Nvidia", "Instinct MI300X": "AMD"}
OWNERS = {
    "Microsoft": 0.3,
    "Meta": 0.2,
    "Amazon": 0.15,
    "Google": 0.1,
    "Oracle": 0.05,
    "China": 0.05,
    "xAI #confident": 0.1,
}
Row = dict[str, object]


def figures(units: float, h100e: float) -> Row:
    """Percentiles of both, 20 % to either side."""
    return {
        name: f"{value * factor:.0f}"
        for names, value in ((_UNITS, units), (_H100E, h100e))
        for name, factor in zip(names, (1, 0.8, 1.2), strict=True)
    }


def timelines(share: float = 1, **more: object) -> list[Row]:
    """Rows by chip and quarter."""
    return [
        {
            "Name": f"{end} - {chip}",
            "Chip manufacturer": DESIGNERS[chip],
            "Start date": start,
            "End date": end,
            "Incomplete": "True" if end == "2026-09-30" else "",
            "Chip type": chip,
            "Chip TDP (W)": "700",
            "Chip Cost (USD)": "$36,742",
            "Notes": "Estimates generated on: 10-01-2026",
            **figures(units * share, units * share * RATES[chip]),
            **more,
        }
        for (start, end), sold in QUARTERS.items()
        for chip, units in sold.items()
    ]


def totals(share: float = 1, **more: object) -> list[Row]:
    """Rows by designer, summed up from the first quarter on."""
    rows: list[Row] = []
    for designer in ("Nvidia", "AMD"):
        units = h100e = 0.0
        for (_, end), sold in QUARTERS.items():
            for chip, number in sold.items():
                if DESIGNERS[chip] == designer:
                    units, h100e = units + number * share, h100e + number * share * RATES[chip]
            rows.append(
                {
                    "Name": f"{designer} total to {end}",
                    "Chip manufacturer": designer,
                    "Start date": "2026-01-01",
                    "End date": end,
                    "Incomplete": "True" if end == "2026-09-30" else "",
                    **figures(units, h100e),
                    **more,
                }
            )
    return rows


def table(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    """A CSV file; what a row lacks is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def sales(
    quarters: Sequence[Row] | None = None, summed: Sequence[Row] | None = None, **files: bytes
) -> bytes:
    """The archive of sales; other files by name, with ``_`` for the dot."""
    return zipped(
        {
            "README.md": b"# AI chip sales\n",
            "timelines_by_chip.csv": table(TIMELINE, timelines() if quarters is None else quarters),
            "cumulative_timelines_by_designer.csv": table(
                TOTAL, totals() if summed is None else summed
            ),
            **{name.replace("_csv", ".csv"): content for name, content in files.items()},
        }
    )


def owners(skipped: Sequence[str] = (), share: float = 1) -> bytes:
    """The archive of owners: quarters by chip, and running totals by designer."""
    kept = {name: part * share for name, part in OWNERS.items() if name not in skipped}
    quarters = [row for name, part in kept.items() for row in timelines(part, Owner=name)]
    summed = [row for name, part in kept.items() for row in totals(part, Owner=name)]
    return zipped(
        {
            "quarters_by_chip_type.csv": table([*TIMELINE, "Owner"], quarters),
            "cumulative_by_designer.csv": table([*TOTAL, "Owner"], summed),
        }
    )


def recorded(*names: str) -> Path:
    """A recorded file or folder; the test is skipped by name where it is absent."""
    path = RECORDED.joinpath(*names)
    if not path.exists():
        pytest.skip(f"shared/supply/{'/'.join(names)} is absent: nothing recorded is read")
    return path


def recorded_archive(*, of_owners: bool) -> bytes:
    """The repository's files of sales or of owners, as an archive."""
    folder = recorded("epoch_chip_counts")
    return zipped(
        {
            path.name: path.read_bytes()
            for path in sorted(folder.glob("*.csv"))
            if ("owner" in path.name) is of_owners
        }
    )

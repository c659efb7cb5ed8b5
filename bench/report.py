"""A report as HTML and PDF, against headless Chromium that prints the same HTML.

Both sides are whole processes, in turn: ours opens a warehouse, runs the queries, draws the
charts and writes both files; Chromium only prints the HTML that is then there. A third process
writes several reports one after another, and each later one is set against its first.
Memory is that of all processes of a side together, each page that they share counted once.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CAPBRIEF = Path(sys.executable).with_name("capbrief")
REPORT = "market-capacity"
WARM = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from pipeline import delivery, opening, settings
from pipeline.job import Job
from pipeline.settings import Report
started = [time.perf_counter(), time.process_time()]
def log(event, **about):
    if event == "report_ready":
        now = [time.perf_counter(), time.process_time()]
        print(about["report"], *(after - before for before, after in zip(started, now)))
        started[:] = now
job = Job("bench", settings.resolve(Path(sys.argv[1]), {}, Path.home()),
          log, lambda: datetime.now(UTC), "bench")
chosen = Report(names=("market-capacity", "capacity", "market"), locales=("en", "de"))
with opening.open_warehouse(job) as opened:
    delivery.reports(job, chosen, opened, Path(sys.argv[2]))
"""


@dataclass(frozen=True)
class Measured:
    """Processes from start to end."""

    wall: float
    cpu: float
    peak_mib: float


def main() -> int:
    """Run both sides in turn and print medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("chromium is not installed: reports are not measured", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        home, out = Path(scratch) / "home", Path(scratch) / "out"
        subprocess.run(
            [CAPBRIEF, "demo", "--quiet", "--home", home], check=True, stdout=subprocess.DEVNULL
        )
        ours, theirs = [], []
        for number in range(options.runs):
            ours.append(
                _measured(
                    [CAPBRIEF, "report", "build", REPORT, "--quiet", "--home", home, "--out", out]
                )
            )
            printed = Path(scratch) / f"chromium-{number}.pdf"
            theirs.append(
                _measured(
                    [
                        *(chromium, "--headless", "--no-sandbox", "--disable-gpu"),
                        *(f"--user-data-dir={scratch}/profile-{number}", "--no-pdf-header-footer"),
                        *(f"--print-to-pdf={printed}", (out / f"{REPORT}.html").as_uri()),
                    ]
                )
            )
        pages = _pages(out / f"{REPORT}.pdf"), _pages(printed)
        timings = subprocess.run(
            [sys.executable, "-c", WARM, home, out],
            check=True, capture_output=True, text=True, cwd=ROOT,
        ).stdout.split("\n")  # fmt: skip
    _show("capbrief, HTML and PDF", pages[0], ours)
    _show("Chromium, PDF alone", pages[1], theirs)
    pairs = list(zip(ours, theirs, strict=True))
    print(
        f"of Chromium, cold: {_median([o.wall / t.wall for o, t in pairs]):.1f} times the time, "
        f"{_median([o.cpu / t.cpu for o, t in pairs]):.1f} times the CPU, "
        f"{_median([o.peak_mib / t.peak_mib for o, t in pairs]):.2f} times the memory "
        "(medians of pairs)"
    )
    # CPU: other work on the machine weighs on a single first report as it does not on a median.
    (_, _, first), *later = (line.split() for line in timings if line)
    print(
        f"in one process: {REPORT} first, {float(first):.2f} s CPU; then, each against the first:"
    )
    for name, wall, cpu in later:
        share = float(cpu) / float(first)
        print(f"  {name}: {float(cpu):.2f} s CPU, {float(wall):.2f} s ({share:.2f})")
    again = float(later[0][2]) / _median([each.cpu for each in theirs])
    print(f"the same report in German: {again:.1f} times Chromium's CPU")
    return 0


def _measured(command: list[str | Path]) -> Measured:
    """One command with all that it starts, looked at every 50 ms."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    family, cpu, peak_kib = {process.pid}, dict[int, float](), 0
    while process.poll() is None:
        family |= _children_of(family)
        cpu.update({pid: seconds for pid in family if (seconds := _cpu_seconds(pid)) is not None})
        peak_kib = max(peak_kib, sum(map(_proportional_kib, family)))
        time.sleep(0.05)
    wall = time.perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Measured(wall, sum(cpu.values()), peak_kib / 1024)


def _children_of(family: set[int]) -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        if (fields := _fields(path)) and int(fields[1]) in family:
            found.add(int(path.parent.name))
    return found


def _cpu_seconds(pid: int) -> float | None:
    fields = _fields(Path(f"/proc/{pid}/stat"))
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK") if fields else None


def _fields(path: Path) -> list[str]:
    """What Linux tells of a process after its name; nothing of one that is gone."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _proportional_kib(pid: int) -> int:
    """Memory of a process, each page divided by how many share it."""
    try:
        found = re.search(r"^Pss: +(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found[1]) if found else 0


def _pages(document: Path) -> int:
    said = subprocess.run(["pdfinfo", document], check=True, capture_output=True, text=True).stdout
    return int(said.partition("Pages:")[2].split()[0])


def _show(name: str, pages: int, runs: list[Measured]) -> None:
    walls = [run.wall for run in runs]
    print(
        f"{name:<23} {pages} pages, {_median(walls):5.2f} s "
        f"({min(walls):.2f} to {max(walls):.2f}, n {len(runs)}), "
        f"{_median([run.cpu for run in runs]):5.2f} s CPU, "
        f"{_median([run.peak_mib for run in runs]):4.0f} MiB peak"
    )


def _median(values: list[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    sys.exit(main())

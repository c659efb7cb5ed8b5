"""A report as HTML and PDF, against headless Chromium that prints the same HTML.

Both sides are whole processes, in turn: ours opens a warehouse, runs the queries, draws the
charts and writes both files; Chromium only prints the HTML that is then there. Further runs write
more than one report, and what each later one adds is set against the first one alone.
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

CAPBRIEF = Path(sys.executable).with_name("capbrief")
REPORT = "market-capacity"
MORE = {
    "in German too": (2, [REPORT, "--locale", "en,de"]),
    "three, in both languages": (6, [REPORT, "capacity", "market", "--locale", "en,de"]),
}


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
        build: list[str | Path] = [
            CAPBRIEF,
            "report",
            "build",
            "--quiet",
            "--home",
            home,
            "--out",
            out,
        ]
        ours, theirs = [], []
        more: dict[str, list[Measured]] = {name: [] for name in MORE}
        for number in range(options.runs):
            ours.append(_measured([*build, REPORT]))
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
            for name, (_, arguments) in MORE.items():
                more[name].append(_measured([*build, *arguments]))
        pages = _pages(out / f"{REPORT}.pdf"), _pages(printed)
    _show("capbrief, HTML and PDF", pages[0], ours)
    _show("Chromium, PDF alone", pages[1], theirs)
    pairs = list(zip(ours, theirs, strict=True))
    print(
        f"of Chromium, cold: {_median([o.wall / t.wall for o, t in pairs]):.1f} times the time, "
        f"{_median([o.cpu / t.cpu for o, t in pairs]):.1f} times the CPU, "
        f"{_median([o.peak_mib / t.peak_mib for o, t in pairs]):.2f} times the memory "
        "(medians of pairs)"
    )
    for name, runs in more.items():
        _show_more(name, MORE[name][0], runs, ours)
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


def _show_more(name: str, n_reports: int, runs: list[Measured], alone: list[Measured]) -> None:
    """What each report after the first adds, against the first."""
    n_later = n_reports - 1
    wall = _median([(m.wall - a.wall) / n_later / a.wall for m, a in zip(runs, alone, strict=True)])
    cpu = _median([(m.cpu - a.cpu) / n_later / a.cpu for m, a in zip(runs, alone, strict=True)])
    print(
        f"{name}: {_median([run.wall for run in runs]):.2f} s, "
        f"{_median([run.cpu for run in runs]):.2f} s CPU, "
        f"{_median([run.peak_mib for run in runs]):.0f} MiB peak; each later report adds "
        f"{wall:.2f} of the first's time, {cpu:.2f} of its CPU"
    )


def _median(values: list[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    sys.exit(main())

"""Kill runs at random moments and fill their disk: ``python tests/torture --help``."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.torture.homes import Homes


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/torture", description=__doc__)
    add = parser.add_argument
    add("--kills", type=int, default=0, metavar="N", help="end N runs by SIGKILL")
    add("--terms", type=int, default=0, metavar="N", help="end N runs by SIGTERM")
    add("--again", type=float, default=0.5, metavar="SHARE", help="of the next runs, also ended")
    add("--disk", choices=("some", "all"), help="fill the disk up to writes of a run (root)")
    add("--seed", type=int, default=SystemRandom().randrange(10_000), help="of the moments")
    add("--workers", type=int, default=2, metavar="N", help="runs side by side; default 2")
    return parser.parse_args()


def main() -> int:
    """Torture; gives 0 where all held."""
    # Run as a folder, the program would not find its own modules by their full names.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from tests.torture.homes import Homes

    wanted = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="capbrief-torture-"))
    homes = Homes(folder)
    server = homes.prepare(wanted.workers)
    print(f"seed {wanted.seed}; an undisturbed run takes {homes.seconds:.2f} s", flush=True)
    try:
        broken = _torture(homes, wanted)
    finally:
        server.terminate()
        server.communicate()
    if broken:
        print(f"BROKEN; left in {folder}:\n" + "\n".join(broken))
        return 1
    shutil.rmtree(folder)
    return 0


def _torture(homes: Homes, wanted: argparse.Namespace) -> list[str]:
    from tests.torture import disk, kills

    broken = []
    for number, count in ((signal.SIGKILL, wanted.kills), (signal.SIGTERM, wanted.terms)):
        if count:
            started = time.monotonic()
            tally = kills.Tally(count, wanted.again)
            kills.play(homes, wanted.seed, tally, wanted.workers, number)
            print(
                f"{tally.deaths.total()} runs ended by {number.name}, {tally.too_late} were over "
                f"before it; {tally.finished} taken to their end, as undisturbed; "
                f"{time.monotonic() - started:.0f} s"
            )
            for title, counter in (("died after", tally.deaths), ("left", tally.left)):
                for name, n in counter.most_common():
                    print(f"  {title:10} {name:32} {n:5}")
            sys.stdout.flush()
            broken += tally.broken
    if wanted.disk and not broken:
        broken += disk.play(homes, some=wanted.disk == "some")
    return broken


if __name__ == "__main__":
    sys.exit(main())

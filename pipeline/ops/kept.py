"""Kept: the ledger, the payloads and the warehouse, and whether they agree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pipeline import ledger_file
from pipeline.errors import DamagedError, PayloadError, StorageError, UsageError
from pipeline.ops.finding import broken, doubtful, well

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.job import Job
    from pipeline.ops.asked import Asked
    from pipeline.ops.finding import Finding

_SAMPLED: Final = 50
_MAGIC: Final = b"DUCK"
_RESTORE: Final = "restore the ledger from a backup; what is published stays readable"


def reading(asked: Asked) -> Job:
    """The job, with the copy of the ledger in place of the ledger."""
    return replace(asked.job, settings=replace(asked.job.settings, state=asked.ledger.parent))


def ledger(asked: Asked) -> Iterator[Finding]:
    """Whether the ledger can be read, and knows of what is there."""
    from pipeline.ledger import Ledger

    chosen = asked.job.settings
    if not chosen.ledger.exists():
        if _is_used(asked):
            flaw = StorageError(f"{chosen.ledger}: is missing, though there are payloads")
            yield from broken("ledger", flaw, _RESTORE)
        else:
            yield well("ledger", "nothing was run yet")
        return
    try:
        found = ledger_file.flaws(asked.ledger)
        is_empty = Ledger(asked.ledger).is_empty()
    except StorageError as error:
        yield from broken("ledger", error)
        return
    if found:
        flaw = StorageError(f"{chosen.ledger}: is damaged ({found[0]})")
        yield from broken("ledger", flaw, _RESTORE)
    elif is_empty and _is_used(asked):
        flaw = StorageError(f"{chosen.ledger}: lists nothing, though there are payloads")
        yield from broken("ledger", flaw, _RESTORE)
    else:
        yield well("ledger", "SQLite finds nothing wrong in it")


def _is_used(asked: Asked) -> bool:
    return any(asked.job.settings.payloads.glob("??/*.json"))


def master(asked: Asked) -> Iterator[Finding]:
    """Whether the file that is written to is one; it is not opened, which would lock it."""
    from pipeline import holder, warehouse
    from pipeline.master import MASTER

    path = asked.job.settings.warehouse / MASTER
    if not path.exists():
        return
    with path.open("rb") as stream:
        head = stream.read(12)
    aside = path.with_name(f"damaged-{MASTER}")
    if head[8:12] != _MAGIC:
        flaw = DamagedError(f"{path}: is no DuckDB file ({path.stat().st_size} bytes)")
        yield from broken("master", flaw, f"{warehouse.MEND}: it is made again from the payloads")
    elif _wal(path).exists() and not holder.is_held(asked.job.settings):
        yield doubtful(
            "master",
            f"{_wal(path)}: a run that was killed left it",
            "keep both together; run 'capbrief build', which takes it in",
        )
    else:
        yield well("master", "is there, and whole as far as its head tells")
    if aside.exists():
        yield doubtful(
            "master",
            f"{aside}: was damaged and moved aside, and its successor made from the payloads",
            f"look at the disk, then remove {aside}",
        )


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def published(asked: Asked) -> Iterator[Finding]:
    """Whether what is published is as it was written, as the ledger has it, and passes checks."""
    from pipeline import file_format, health, opening, warehouse
    from pipeline.errors import CapbriefError, CheckError

    job = reading(asked)
    try:
        with opening.open_warehouse(job) as opened:
            if file_format.version(opened.connection) < file_format.FORMAT:
                file_format.must_be_current(opened.connection, opened.path)
            found = health.examine(job, opened, now=job.clock())
    except UsageError:
        yield well("warehouse", "nothing was published yet; 'capbrief demo' does")
        return
    except CapbriefError as error:
        if not isinstance(error, DamagedError):
            yield from broken("warehouse", error)
            return
        damage = DamagedError(str(error).removesuffix(f"; {warehouse.MEND}"))
        mend = f"{warehouse.MEND}: a new one is made from the payloads, this one stays as it is"
        yield from broken("warehouse", damage, mend)
        return
    yield well("warehouse", f"{found.row_count:,} rows are as they were written, in {found.file}")
    if not found.is_hash_compared:
        yield doubtful(
            "warehouse",
            "another DuckDB made it, so that rows were counted and not compared",
            "run 'capbrief build', and it is made anew by this one",
        )
    for bad in found.failed:
        flaw = CheckError(f"{bad.check}: {bad.count} bad rows")
        yield from broken("checks", flaw, "see 'capbrief check'; the next run that passes mends it")
    if not found.failed:
        yield well("checks", f"all {len(found.checks)} pass")


def payloads(asked: Asked) -> Iterator[Finding]:
    """Whether payloads are there, and as they were stored: some of them, or all."""
    from pipeline.ledger import Ledger
    from pipeline.payload import PayloadStore

    store = PayloadStore(asked.job.settings.payloads)
    sources = {
        one.payload_sha256: one.provenance.source for one in Ledger(asked.ledger).retrievals()
    }
    listed = sorted(sources)
    step = 1 if asked.payloads else max(1, len(listed) // _SAMPLED)
    looked = listed[::step]
    flaws = 0
    for sha256 in looked:
        try:
            store.read(sha256)
        except PayloadError as error:
            flaws += 1
            reason = str(error).rpartition("; ")[0]
            yield from broken("payloads", PayloadError(reason), _again(sources[sha256]))
    if not flaws:
        whole = "" if step == 1 else "; --payloads reads all"
        yield well("payloads", f"{len(looked)} of {len(listed)} were read{whole}")


def _again(source: str) -> str:
    """What may bring the bytes of a source again."""
    if source == "import":
        return "import the file again, or restore the payload from a backup"
    return (
        f"run 'capbrief fetch {source} --refresh'; if the source gives other bytes by now, restore "
        "the payload from a backup"
    )


PROBES = (
    ("ledger", ledger),
    ("master", master),
    ("warehouse", published),
    ("payloads", payloads),
)

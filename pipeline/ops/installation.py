"""Installation: Python, libraries and the files that belong to the program."""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from base64 import urlsafe_b64encode
from importlib import metadata
from typing import TYPE_CHECKING, Final

from pipeline import resources
from pipeline.ops.finding import Finding, doubtful, well

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.ops.asked import Asked

NAME: Final = "capbrief"
# As our own requirements are written: a name, a lowest version, perhaps the Pythons that need it.
_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(\[[\w,-]+\])?\s*(>=\s*(?P<least>[\d.]+))?[^;]*(;\s*(?P<marker>.*))?"
)
_PYTHONS = re.compile(r"python_version\s*<\s*['\"](?P<below>[\d.]+)['\"]")
_FOLDERS = ("SQL", "TEMPLATES", "REPORTS", "EDITIONS", "SCENARIOS", "UNIVERSES", "EVENTS", "LOCALE")
_AGAIN = f"install it again: pip install --force-reinstall {NAME}"


def python(_: Asked) -> Iterator[Finding]:
    """Which Python runs it, and on what."""
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.platform.startswith(("linux", "darwin")):
        yield well("python", found)
    else:
        yield doubtful("python", f"{found}, where it is not tested", "run it on Linux or macOS")


def libraries(_: Asked) -> Iterator[Finding]:
    """Whether every library that it needs is there, and new enough."""
    try:
        needed = metadata.requires(NAME) or []
    except metadata.PackageNotFoundError:
        yield doubtful(
            "libraries",
            "capbrief runs from a folder without being installed, so versions are not compared",
            "run pip install . there",
        )
        return
    flaws = [flaw for text in needed if (flaw := _flaw(text))]
    for wanted, reason in flaws:
        mend = f"run pip install '{wanted}', or install what requirements.lock names"
        yield Finding("libraries", "fail", reason, mend, 1)
    if not flaws:
        yield well("libraries", f"{NAME} {metadata.version(NAME)} has all that it needs")


def _flaw(text: str) -> tuple[str, str] | None:
    """What is wanted and what is wrong with it; None where nothing is."""
    read = _REQUIREMENT.fullmatch(text)
    if read is None:
        raise AssertionError(f"{text}: is no requirement as ours are written")
    if not _is_for_this(read["marker"] or ""):
        return None
    name, least = read["name"], read["least"] or "0"
    wanted = f"{name}>={least}"
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return wanted, f"{name} is not installed"
    if _numbers(found) < _numbers(least):
        return wanted, f"{name} {found} is older than {least}"
    return None


def _is_for_this(marker: str) -> bool:
    """Whether a requirement holds for this Python; extras are wanted by nobody."""
    below = _PYTHONS.search(marker)
    return "extra" not in marker and (
        below is None or sys.version_info[:2] < _numbers(below["below"])
    )


def _numbers(version: str) -> tuple[int, ...]:
    release = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, release[0].split("."))) if release else ()


def files(_: Asked) -> Iterator[Finding]:
    """Whether the files that belong to the program are all there, as they were shipped."""
    folders = [getattr(resources, name) for name in _FOLDERS]
    missing = [
        str(folder)
        for folder in (*folders, resources.TEMPLATES / "fonts")
        if not folder.is_dir() or not any(folder.iterdir())
    ]
    flaws = [f"{path}: is missing or empty" for path in missing] + list(_changed())
    for flaw in flaws:
        yield Finding("files", "fail", flaw, _AGAIN, 1)
    if not flaws:
        yield well("files", "all files of the program are there")


def _changed() -> Iterator[str]:
    """Shipped files that are not as they were installed; a checkout has no list of its own."""
    try:
        listed = metadata.files(NAME) or []
    except metadata.PackageNotFoundError:
        return
    for one in listed:
        path = one.locate()
        if one.hash is None or path.suffix == ".pyc":  # type: ignore[attr-defined]
            continue
        try:
            content = path.read_bytes()  # type: ignore[attr-defined]
        except OSError as error:
            yield f"{path}: cannot be read ({error.strerror})"
            continue
        digest = hashlib.new(one.hash.mode, content).digest()
        if urlsafe_b64encode(digest).decode().rstrip("=") != one.hash.value:
            yield f"{path}: is not as it was installed"


PROBES = (("python", python), ("libraries", libraries), ("files", files))

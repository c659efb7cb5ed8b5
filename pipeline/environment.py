"""Environment: what processes that are started here inherit; no setting of ours, for no secret."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Settings hold keys, and what the service manager names leads to them.
_OWN: Final = ("CAPBRIEF_", "CREDENTIALS_DIRECTORY")


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a process may have which is to know no secret."""
    return {name: text for name, text in environment.items() if not name.startswith(_OWN)}


@contextmanager
def without_settings() -> Iterator[None]:
    """Have this process's own environment be like that, for what can only be inherited from it."""
    kept = dict(os.environ)
    own = kept.keys() - inherited(kept).keys()
    for name in own:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update({name: kept[name] for name in own})

"""Config checks: the commands on settings, and what they print.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pipeline import configuration, layers
from pipeline.errors import UsageError
from pipeline.files import deliver
from pipeline.invocation import configured, current_folder, print_result, user_home
from pipeline.secret import HIDDEN, Secret
from pipeline.visible import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from pipeline.configuration import Looked
    from pipeline.console import Log
    from pipeline.layers import Value


def show(options: argparse.Namespace, log: Log) -> int:
    """Each value and where it was said; secrets are hidden, and no command is started.

    Raises:
        UsageError: a setting cannot be used, or there is none of a key that is asked for.
    """
    del log
    values = _chosen(configured(options, commands=False).values, options.keys)
    result = [
        {
            "key": one.setting.key,
            "value": _plain(one.value),
            "origin": one.origin,
            "variable": one.setting.variable,
            "about": one.setting.about,
        }
        for one in values
    ]
    wide = max(len(one.setting.key) for one in values)
    lines = [f"{one.setting.key:<{wide}} = {_shown(one.value)}  ({one.origin})" for one in values]
    print_result(options, result, visible("\n".join(lines)))
    return 0


def _chosen(values: Sequence[Value], keys: Sequence[str]) -> list[Value]:
    """The values of some keys or whole sections; all without one."""
    if not keys:
        return list(values)
    for key in keys:
        known = [one.setting.key for one in values]
        if not any(name == key or name.startswith(f"{key}.") for name in known):
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see 'capbrief config show'"
            raise UsageError(f"{key}: no such setting; {hint}")
    return [
        one
        for one in values
        if any(one.setting.key == key or one.setting.key.startswith(f"{key}.") for key in keys)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return HIDDEN
    return list(value) if isinstance(value, tuple) else value


def _shown(value: Any) -> str:
    """A value for people, as it is written in the environment."""
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def validate(options: argparse.Namespace, log: Log) -> int:
    """Read all settings, start the commands that print secrets, and tell every mistake.

    Raises:
        UsageError: at least one mistake, one line each.
    """
    files = _looked(options)
    read = [str(one.path) for one in files if one.is_there]
    log("config_read", files=read)
    found = configured(options)
    n_set = sum(one.origin != "default" for one in found.values)
    lines = [*(f"read {path}" for path in read), f"valid; {n_set} of {len(found.values)} are set"]
    result = {"files": read, "settings": len(found.values), "set": n_set}
    print_result(options, result, visible("\n".join(lines)))
    return 0


def path(options: argparse.Namespace, log: Log) -> int:
    """The files that settings are looked for in, and the folders of an installation.

    Raises:
        UsageError: a setting cannot be used, so that the folders are not known.
    """
    del log
    files = _looked(options)
    failure: UsageError | None = None
    folders: dict[str, str] = {}
    try:
        settings = configured(options, commands=False).settings
    except UsageError as error:
        failure = error
    else:
        folders = {
            "data": str(settings.data),
            "state": str(settings.state),
            "reports": str(settings.reports),
            "overlay": str(settings.overlay or "none"),
        }
    lines = [
        f"{one.whose:<9} {one.path}: {'read' if one.is_there else 'not there'}" for one in files
    ]
    lines += [f"{name:<9} {folder}" for name, folder in folders.items()]
    result = {
        "files": [
            {"whose": one.whose, "path": str(one.path), "is_there": one.is_there} for one in files
        ],
        "folders": folders,
    }
    print_result(options, result, visible("\n".join(lines)))
    if failure is not None:
        raise failure
    return 0


def _looked(options: argparse.Namespace) -> tuple[Looked, ...]:
    return configuration.looked_for(
        options.home,
        os.environ,
        user_home(),
        file=options.config,
        folder=current_folder(),
        system_file=configuration.SYSTEM_FILE,
    )


def generate(options: argparse.Namespace, log: Log) -> int:
    """Write a settings file of all that can be set, commented out.

    Raises:
        UsageError: the file is there already.
        StorageError: it cannot be written.
    """
    from pipeline.specimen import specimen

    text = specimen()
    if options.out is None:
        known = layers.known()
        print_result(options, {"text": text, "settings": list(known)}, text.rstrip("\n"))
        return 0
    if os.path.lexists(options.out):
        raise UsageError(f"{options.out}: is there already; give another --out, or remove it")
    written = deliver(options.out, text.encode())
    log("written", files=[str(written)], then=f"capbrief config validate --config {written}")
    print_result(options, {"files": [str(written)]}, str(written))
    return 0

"""Configured: whether the settings can be used, and what of the environment is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipeline import credential
from pipeline.ops.finding import broken, doubtful, well

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.ops.asked import Asked
    from pipeline.ops.finding import Finding


def settings(asked: Asked) -> Iterator[Finding]:
    """Whether the settings can be used, and whether others can write where they stand."""
    if asked.flaw is not None:
        yield from broken("settings", asked.flaw)
        return
    assert asked.configuration is not None
    files = [one.path for one in asked.configuration.files if one.is_there]
    said = ", ".join(str(path) for path in files) or "no file"
    set_here = [one for one in asked.configuration.values if one.origin != "default"]
    yield well("settings", f"{len(set_here)} are set; files read: {said}")
    for path in files:
        if not credential.may_command(path):
            yield doubtful(
                "settings", f"{path}: others than you can write it", f"run chmod go-w {path}"
            )
    yield from _open_secrets(asked)


def _open_secrets(asked: Asked) -> Iterator[Finding]:
    assert asked.configuration is not None
    lenient = {
        one.setting.key: one.value
        for one in asked.configuration.values
        if one.setting.key == "allow_insecure_permissions"
    }
    if lenient["allow_insecure_permissions"]:
        yield doubtful(
            "settings",
            "secrets are taken from files that others can read (allow_insecure_permissions)",
            "run chmod 600 on the files of secrets and take that setting away",
        )


def environment(_: Asked) -> Iterator[Finding]:
    """What of the environment is passed over, though it may have been meant."""
    proxies = [
        name
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        if os.environ.get(name)
    ]
    if proxies:
        yield doubtful(
            "environment",
            f"{', '.join(proxies)} is set, and no proxy is used",
            "let this machine reach its sources directly, or through a mirror named in …__URL",
        )


PROBES = (("settings", settings), ("environment", environment))

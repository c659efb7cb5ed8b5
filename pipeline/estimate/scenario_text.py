"""Merged scenario data as TOML in one fixed form: equal assumptions give equal text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

TOLERANCE = 0.005
"""Largest relative standard error of P10, P50 and P90 where a scenario does not say."""


def canonical(data: Mapping[str, Any]) -> str:
    """The text of data that the rules have accepted.

    Numbers outside of [scenario] and [run] are written as floats, so that 4 and 4.0 are the
    same; tables keep a fixed order, keys are sorted, and the tolerance is always there.
    """
    run = data["run"]
    run = {**run, "tolerance": float(run.get("tolerance", TOLERANCE))}
    parts = [_table("[scenario]", data["scenario"]), _table("[run]", run)]
    if "gpu" in data:
        parts.append(_table("[gpu]", data["gpu"], as_float=True))
    for group in ("sources", "inputs"):
        for name in sorted(data[group]):
            parts.append(_table(f"[{group}.{_key(name)}]", data[group][name], as_float=True))
    for group in ("correlations", "checks"):
        parts += [_table(f"[[{group}]]", entry, as_float=True) for entry in data.get(group, ())]
    return "\n".join(parts)


def _table(header: str, values: Mapping[str, Any], *, as_float: bool = False) -> str:
    lines = [f"{_key(key)} = {_value(values[key], as_float)}\n" for key in sorted(values)]
    return header + "\n" + "".join(lines)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _value(value: Any, as_float: bool) -> str:
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_value(value[key], as_float)}" for key in sorted(value))
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item, as_float) for item in value) + "]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, date):
        return value.isoformat()
    return repr(float(value) if as_float else value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

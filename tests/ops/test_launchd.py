"""The property list of macOS, read back."""

from __future__ import annotations

import dataclasses
import plistlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema

from pipeline.ops import launchd

if TYPE_CHECKING:
    from pipeline.ops.schedule import Duty

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)

# launchd.plist(5), the keys that are used here.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["Label", "ProgramArguments", "StartCalendarInterval"],
    "properties": {
        "Label": {"type": "string", "pattern": r"^[a-z]+(\.[a-z]+)+$"},
        "ProgramArguments": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "EnvironmentVariables": {"type": "object", "additionalProperties": {"type": "string"}},
        "StartCalendarInterval": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "Hour": {"type": "integer", "minimum": 0, "maximum": 23},
                "Minute": {"type": "integer", "minimum": 0, "maximum": 59},
            },
        },
        "StandardOutPath": {"type": "string", "pattern": "^/"},
        "StandardErrorPath": {"type": "string", "pattern": "^/"},
        "ProcessType": {"enum": ["Background", "Standard", "Adaptive", "Interactive"]},
        "LowPriorityIO": {"type": "boolean"},
        "Nice": {"type": "integer", "minimum": -20, "maximum": 20},
        "Umask": {"type": "integer", "minimum": 0, "maximum": 0o777},
    },
}


def test_it_reads_back_as_it_was_meant(named_awkwardly: Duty) -> None:
    duty = dataclasses.replace(
        named_awkwardly,
        home=Path("/a & <b>"),
        secret_files={"coingecko.key": Path("/k")},
    )
    found = plistlib.loads(launchd.plist(duty, NOW))
    jsonschema.validate(found, SCHEMA)
    assert found["ProgramArguments"] == [*duty.program, "run", "--lock-wait", "600"]
    assert found["EnvironmentVariables"] == {
        **duty.environment,
        "CAPBRIEF_HOME": "/a & <b>",
        "CAPBRIEF_COINGECKO__KEY_FILE": "/k",
    }
    local = datetime(2026, 11, 29, 3, 17, tzinfo=UTC).astimezone()
    assert found["StartCalendarInterval"] == {"Hour": local.hour, "Minute": local.minute}


def test_what_is_left_to_do_is_quoted() -> None:
    said = launchd.after(launchd.place(Path("/Users/ann b")), Path("/s p"))
    assert said[0] == "mkdir -p '/s p'"
    assert said[1].endswith("'/Users/ann b/Library/LaunchAgents/local.capbrief.plist'")

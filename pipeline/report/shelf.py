"""Shelf: what all files of one definition share while they are read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DefinitionError
from pipeline.report.toml import TomlFile

# Names that the page itself has, which its links and labels lead to.
TAKEN = frozenset(("content", "contents", "findings", "alerts", "notes", "sources", "listing"))


@dataclass
class Shelf:
    """What all files of one definition share: what they may name, and what they have named."""

    folders: tuple[Path, ...]
    queries: set[str]
    templates: set[str]
    files: list[TomlFile] = dataclasses.field(default_factory=list)
    keys: set[str] = dataclasses.field(default_factory=set)

    def opened(self, path: Path) -> TomlFile:
        """The file at ``path``, whose findings are told with those of all others."""
        self.files.append(TomlFile(path))
        return self.files[-1]

    def find(self, folder: str, name: str) -> Path | None:
        """``<folder>/<name>.toml`` beside the definitions, the first that is there."""
        paths = (each / folder / f"{name}.toml" for each in self.folders)
        return next((path for path in paths if path.is_file()), None)

    def close(self) -> None:
        """Report what was found in any of the files.

        Raises:
            DefinitionError: at least one finding; one line for each.
        """
        findings = [finding for file in self.files for finding in file.findings]
        if findings:
            raise DefinitionError("\n".join(findings))

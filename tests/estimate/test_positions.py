"""Lines of keys in TOML, in all spellings that scenario files may use."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline import resources
from pipeline.estimate.positions import positions

TEXT = """\
# a comment with [brackets] and key = 1
extends = "b.toml" # [x]

[scenario]
id = "a"
"quoted key".inner = \"\"\"
[not.a.header]
x = 1 \"\"\"
[inputs]
a = { dist = "point", s = "} # ,", list = [1, 2,
  3], deep = { z = 'it is' } }
[inputs.b]
p05 = 2024-03-01
[[checks]]
output = 'x'
[[checks]]
output = 'y'
[checks.more]
k = 1
"""


def test_every_spelling() -> None:
    tomllib.loads(TEXT)
    found = positions(TEXT)
    assert found["extends",] == 2
    assert found["scenario", "id"] == 5
    assert found["scenario", "quoted key", "inner"] == 6
    assert found["inputs", "a", "dist"] == 10
    assert found["inputs", "a", "list", 1] == 10
    assert found["inputs", "a", "list", 2] == 11
    assert found["inputs", "a", "deep", "z"] == 11
    assert found["inputs", "b"] == 12
    assert found["inputs", "b", "p05"] == 13
    assert found["checks", 0, "output"] == 15
    assert found["checks", 1] == 16
    assert found["checks", 1, "output"] == 17
    assert found["checks", 1, "more", "k"] == 19
    assert ("not",) not in found
    assert ("scenario", "x") not in found


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


@pytest.mark.parametrize("file", sorted(resources.SCENARIOS.glob("*.toml")), ids=lambda f: f.stem)
def test_every_key_of_the_shipped_files_is_found_on_its_line(file: Any) -> None:
    text = file.read_text()
    found = positions(text)
    lines = text.splitlines()
    for path in leaves(tomllib.loads(text)):
        keys = [key for key in path if isinstance(key, str)]
        assert keys[-1] in lines[found[path] - 1], path

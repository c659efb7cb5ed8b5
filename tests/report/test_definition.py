"""Report definitions: what they may say, and how they are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pipeline import resources
from pipeline.errors import DefinitionError
from pipeline.report import definition, definition_file

Folders = Callable[[Mapping[str, str]], Path]

KNOWN = "capacity, market, market-capacity"

WHOLE = """\
title = "Small"
finding = "It {since_demo.basket_change:moved}."
dateline = "Report"

[[section]]
id = "one"
title = "One"
lead = "A lead."

[[section.block]]
table = "ranks"
query = "ranking"
title = "Ranks"
columns = [
  { column = "token" },
  { column = "share", label = "Share", format = "percent" },
]

[[section.block]]
figure = "cap"
query = "market_cap_by_token"
chart = "cap_area"
title = "Caps"
alt = "An area."
width = "half"
"""


def findings(folders: Folders, text: str) -> list[str]:
    """The complaints about a definition, without the folder's name."""
    folder = folders({"small.toml": text})
    with pytest.raises(DefinitionError) as caught:
        definition_file.load("small", [folder])
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_every_shipped_definition_loads() -> None:
    assert definition_file.names([resources.REPORTS]) == ("capacity", "market", "market-capacity")
    for name in definition_file.names([resources.REPORTS]):
        assert definition_file.load(name, [resources.REPORTS]).name == name


def test_a_whole_definition(folders: Folders) -> None:
    folder = folders({"small.toml": WHOLE})
    defined = definition_file.load("small", [folder])
    table, figure = defined.sections[0].blocks
    assert [column.name for column in table.columns] == ["token", "share"]
    assert [column.layout for column in table.columns] == ["left", "right"]
    assert (figure.kind, figure.width, table.width) == ("figure", "half", "full")
    assert definition.facts_of(defined).keys() == {"since_demo"}


def test_the_users_folder_comes_first(folders: Folders) -> None:
    own = folders({"market-capacity.toml": WHOLE})
    assert definition_file.load("market-capacity", [own, resources.REPORTS]).title.text == "Small"
    assert "market-capacity" in definition_file.names([own, resources.REPORTS])


@pytest.mark.parametrize("name", ["absent", "../market-capacity", "/etc/passwd", ""])
def test_an_unknown_report_is_named_with_the_known_ones(name: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        definition_file.load(name, [resources.REPORTS])
    assert str(caught.value) == f"there is no report {name!r}; known are {KNOWN}"


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('title = "Small"\n', "", "small.toml: title: is missing"),
        ('title = "Small"', "title = 3", "small.toml:1: title: must be a string in quotes"),
        ('title = "Small"', 'title = " "', "small.toml:1: title: must not be empty"),
        ("dateline", "dateiine", "small.toml: dateline: is missing"),
        ('id = "one"', 'id = "One!"', "small.toml:6: section[1].id: must be small letters, "),
        ('id = "one"', 'id = "notes"', "small.toml:6: section[1].id: 'notes' is a name that the"),
        ('id = "one"', 'id = "cap"', "small.toml:20: section[1].block[2].figure: 'cap' is used tw"),
        ('chart = "cap_area"', 'chart = "pie"', "small.toml:22: section[1].block[2].chart: 'pie'"),
        ('"ranking"', '"rank"', "small.toml:12: section[1].block[1].query: 'rank' is unknown; "),
        ('"percent"', '"per cent"', "small.toml:14: section[1].block[1].columns[2].format: 'per"),
        ('width = "half"', 'width = "wide"', "small.toml:25: section[1].block[2].width: 'wide'"),
        ('alt = "An area."\n', "", "small.toml:19: section[1].block[2].alt: is missing"),
        ('figure = "cap"\n', "", "small.toml:19: section[1].block[2]: needs one of figure, "),
        ("since_demo", "since_then", "small.toml:2: finding: there is no query reports/since_then"),
        (":moved}", ":waved}", "small.toml:2: finding: {since_demo.basket_change:waved} names no"),
        (":moved}", "", "small.toml:2: finding: expected '}' before end of string (write {{"),
        ('"A lead."', '"A lead."\ntemplate = "none"', "small.toml:9: section[1].template: 'none'"),
        ('"A lead."', '"A lead."\nstarts_page = 1', "small.toml:9: section[1].starts_page: must"),
        (
            'dateline = "Report"',
            'dateline = "R"\nlocale = "xx_YY"',
            "small.toml:4: locale: 'xx_YY'",
        ),
    ],
)
def test_one_fault_one_line(folders: Folders, before: str, after: str, complaint: str) -> None:
    assert before in WHOLE
    found = findings(folders, WHOLE.replace(before, after))
    assert found[0].startswith(complaint), found


SHARED = """\
title = "One of many"
finding = "Found."
dateline = "Report"

[[kpi]]
use = "price"

[[findings]]
use = "moved"

[[section]]
use = "market"
blocks = ["ranks"]
"""
PARTS = {
    "parts/kpi.toml": '[[kpi]]\nid = "price"\nlabel = "Price"\nvalue = "1"\n',
    "parts/findings.toml": '[[findings]]\nid = "moved"\nlead = "It moved."\ntext = "Far."\n',
    "sections/market.toml": WHOLE[WHOLE.index("id =") :].replace("[[section.block]]", "[[block]]"),
}


def test_reports_share_sections_tiles_and_findings(folders: Folders) -> None:
    defined = definition_file.load("many", [folders({"many.toml": SHARED, **PARTS})])
    assert [tile.label.text for tile in defined.kpis] == ["Price"]
    assert [found.lead.text for found in defined.findings] == ["It moved."]
    assert [block.key for block in defined.sections[0].blocks] == ["ranks"]


def test_a_report_chooses_what_of_a_section_goes_on_paper(folders: Folders) -> None:
    text = SHARED.replace('blocks = ["ranks"]', 'attached = ["cap"]\nbrief = ["ranks"]')
    defined = definition_file.load("many", [folders({"many.toml": text, **PARTS})])
    papers = {block.key: block.paper for block in defined.sections[0].blocks}
    assert papers == {"ranks": "brief", "cap": "attached"}


def test_the_users_own_section_comes_before_the_shared_one(folders: Folders) -> None:
    own = folders({"sections/market.toml": 'id = "mine"\ntitle = "Mine"\nlead = "All mine."\n'})
    shared = folders({"many.toml": SHARED.replace('blocks = ["ranks"]', ""), **PARTS})
    assert definition_file.load("many", [own, shared]).sections[0].title.text == "Mine"


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('"market"', '"markt"', "many.toml:12: section[1].use: there is no section 'markt'; "),
        ('["ranks"]', '["rank"]', "many.toml:13: section[1].blocks: market has no block 'rank'; "),
        ('use = "price"', 'use = "prize"', "many.toml:6: kpi[1].use: 'prize' is unknown; "),
        ('use = "moved"', 'use = "mooved"', "many.toml:9: findings[1].use: 'mooved' is unknown; "),
    ],
)
def test_what_is_not_shared_is_named_with_what_is(
    folders: Folders, before: str, after: str, complaint: str
) -> None:
    folder = folders({"many.toml": SHARED.replace(before, after), **PARTS})
    with pytest.raises(DefinitionError) as caught:
        definition_file.load("many", [folder])
    assert str(caught.value).removeprefix(f"{folder}/").startswith(complaint)


def test_a_fault_in_a_shared_file_names_that_file(folders: Folders) -> None:
    parts = {**PARTS, "parts/kpi.toml": PARTS["parts/kpi.toml"] + 'colour = "red"\n'}
    folder = folders({"many.toml": SHARED, **parts})
    with pytest.raises(DefinitionError) as caught:
        definition_file.load("many", [folder])
    assert str(caught.value).startswith(f"{folder}/parts/kpi.toml:5: kpi[1].colour: is unknown")


def test_all_faults_are_told_at_once(folders: Folders) -> None:
    text = WHOLE.replace("cap_area", "pie").replace('"percent"', '"odd"').replace("ranking", "rank")
    assert len(findings(folders, text)) == 3


def test_an_unknown_key_is_a_fault_with_its_line(folders: Folders) -> None:
    assert findings(folders, WHOLE.replace('label = "Share"', 'lable = "Share"')) == [
        "small.toml:14: section[1].block[1].columns[2].lable: is unknown here; "
        "known are column, format, format_from, label, layout, remark, under"
    ]


def test_toml_that_does_not_parse(folders: Folders) -> None:
    assert findings(folders, WHOLE.replace('finding = "', "finding = ")) == [
        "small.toml:2: Invalid value"
    ]


def test_text_that_is_not_utf8(folders: Folders) -> None:
    folder = folders({})
    (folder / "small.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(DefinitionError, match=r"small\.toml: is not UTF-8 text"):
        definition_file.load("small", [folder])


def test_lines_are_right_below_multi_line_strings(folders: Folders) -> None:
    text = WHOLE.replace('"A lead."', '"""\nA\nlead = 3\n."""').replace('"half"', '"wide"')
    assert findings(folders, text)[0].startswith("small.toml:28: section[1].block[2].width:")


@pytest.mark.parametrize("name", definition_file.names([resources.REPORTS]))
def test_a_definition_types_no_figure_of_its_own(name: str) -> None:
    """Numbers in sentences are fields; what is left are names, bases and the claim itself."""
    text = (resources.REPORTS / f"{name}.toml").read_text(encoding="utf-8")
    said = "lead|text|finding|title|subtitle|alt|otherwise|detail|note|label|dateline"
    # Windows and bases of an index; a card, years; the interval of a back-test, in per cent;
    # sizes and versions of video models.
    named = {"1", "30", "90", "100", "4090", "2022", "2023", "2024", "2026", "80"}
    named |= {"11", "14", "1.3", "5", "2.0", "2.1", "2.2"}
    for line in re.findall(rf"^(?:{said}) = (.*)$", text, flags=re.MULTILINE):
        bare = re.sub(r"\{[^}]*\}", "", line)
        typed = re.findall(r"(?<![\w-])\d(?:[\d,.]*\d)?(?![\w-])", bare)
        assert set(typed) <= named, line

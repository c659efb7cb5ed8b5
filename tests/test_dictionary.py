"""The data dictionary: what it says agrees with the SQL, and both files hold all of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline import cli, dictionary
from pipeline.resources import EVENTS, SQL, TEMPLATES, UNIVERSES

Tables = dict[str, dictionary.Table]


@pytest.fixture(scope="module")
def made() -> dictionary.Dictionary:
    return dictionary.dictionary([SQL], [UNIVERSES], [EVENTS])


@pytest.fixture(scope="module")
def tables(made: dictionary.Dictionary) -> Tables:
    return {table.name: table for layer in made.layers for table in layer.tables}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two files, written where there is no home."""
    folder = tmp_path_factory.mktemp("docs")
    home = folder / "home"
    assert cli.main(["docs", "--out", str(folder / "out"), "--home", str(home)]) == 0
    assert not home.exists()
    return folder / "out"


class Page(HTMLParser):
    """What a test asks of a page: its ids, its links, its tags and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_sql_file_and_every_engine_table_is_in_it(tables: Tables) -> None:
    files = {
        f"{layer}.{path.stem}"
        for layer in ("staging", "marts", "estimates")
        for path in (SQL / layer).glob("*.sql")
    }
    assert files < tables.keys()
    assert all(name.startswith("estimates.") for name in tables.keys() - files)
    assert "estimates.demand_month" in tables


def test_columns_stand_as_the_select_gives_them(tables: Tables) -> None:
    columns = tables["marts.equity_day"].columns
    assert [(one.name, one.kind, one.unit) for one in columns] == [
        ("ticker", "VARCHAR", ""),
        ("price_date", "DATE", "UTC day"),
        ("open_usd", "DOUBLE", "USD"),
        ("high_usd", "DOUBLE", "USD"),
        ("low_usd", "DOUBLE", "USD"),
        ("close_usd", "DOUBLE", "USD"),
        ("close_as_traded_usd", "DOUBLE", "USD"),
        ("adjusted_close_usd", "DOUBLE", "USD"),
        ("split_factor", "DOUBLE", "ratio"),
        ("volume_shares", "DOUBLE", "shares"),
        ("change_trading_day", "DOUBLE", "fraction"),
        ("days_since_previous", "BIGINT", "days"),
        ("is_no_trade", "BOOLEAN", "yes/no"),
        ("basis", "VARCHAR", ""),
        ("source", "VARCHAR", ""),
        ("dataset", "VARCHAR", ""),
        ("payload_sha256", "VARCHAR", ""),
        ("vendor", "VARCHAR", ""),
        ("close_known_at", "TIMESTAMP", "UTC time"),
        ("known_at", "TIMESTAMP", "UTC time"),
    ]
    assert columns[13].text == "In shares of which day close_usd is stated."


def test_grains_are_columns(tables: Tables) -> None:
    for table in tables.values():
        assert set(table.grain) <= {column.name for column in table.columns}, table.name


def test_lineage_goes_both_ways(tables: Tables) -> None:
    for table in tables.values():
        for parent in table.reads:
            assert parent.startswith("raw.") or table.name in tables[parent].read_by
    assert tables["marts.fleet_quarter"].reads == (
        "staging.bundled__owned_cumulative",
        "staging.bundled__shipped_chip_quarter",
        "staging.epoch__chip_holding",
    )
    assert "estimates.owner_group_quarter" in tables["marts.fleet_quarter"].read_by
    assert "reports.verdicts" in tables["estimates.claim"].read_by


def test_lineage_ends_at_publishers(tables: Tables) -> None:
    (epoch,) = tables["marts.fleet_quarter"].publishers
    assert epoch == dictionary.Publisher(
        "Epoch AI",
        (
            "raw.bundled__owned_cumulative",
            "raw.bundled__shipped_chip_quarter",
            "raw.epoch__chip_holding",
        ),
    )
    names = [one.name for one in tables["marts.global_day"].publishers]
    assert names == ["CoinGecko"]
    # By way of estimates.owner_group_quarter, which no SQL file makes.
    owners = {one.name for one in tables["estimates.owner_group_quarter"].publishers}
    assert owners == {"Epoch AI"}


def test_every_raw_table_has_a_publisher(made: dictionary.Dictionary, tables: Tables) -> None:
    read = {name for table in tables.values() for name in table.reads if name.startswith("raw.")}
    assert {one.table for one in made.origins} == read
    assert [one.table for one in made.origins if not one.producer or not one.title] == []


def test_checks_stand_with_their_table(tables: Tables) -> None:
    checks = {check.name for table in tables.values() for check in table.checks}
    assert checks == {path.stem for path in (SQL / "checks").glob("*.sql")}
    assert [one.name for one in tables["marts.global_day"].checks] == ["global_day__positive"]
    # Named after no table: it is on all that it reads.
    assert "fleet__quantile_order" in {one.name for one in tables["marts.fleet_quarter"].checks}


def test_staging_is_silent_where_a_name_means_several_things(tables: Tables) -> None:
    def text(table: str, column: str) -> str:
        return next(one.text for one in tables[table].columns if one.name == column)

    assert text("staging.universe__twin", "kind") == ""
    assert text("staging.coingecko__category", "market_cap_usd").startswith("CoinGecko's own")
    assert text("staging.coingecko__market", "price_usd") == text("marts.token_month", "price_usd")


def test_the_page_holds_all_of_it(written: Path, tables: Tables) -> None:
    page = Page((written / "dictionary.html").read_text(encoding="utf-8"))
    assert tables.keys() < set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    for table in tables.values():
        assert table.description in page.text
        assert all(column.text in page.text for column in table.columns)


def test_the_page_needs_nothing_else(written: Path) -> None:
    page = Page((written / "dictionary.html").read_text(encoding="utf-8"))
    within = {link[1:] for link in page.links if link.startswith("#")}
    assert within <= set(page.ids)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe"})
    outside = [link for link in page.links if not link.startswith("#")]
    assert outside
    assert all(link.startswith("https://") for link in outside)
    text = (written / "dictionary.html").read_text(encoding="utf-8")
    assert set(re.findall(r"url\(\"?([a-z]+):", text)) == {"data"}


def test_the_markdown_holds_all_of_it(
    written: Path, made: dictionary.Dictionary, tables: Tables
) -> None:
    text = (written / "dictionary.md").read_text(encoding="utf-8")
    anchors = re.findall(r'<a id="([^"]+)">', text)
    assert tables.keys() < set(anchors)
    assert {link for link in re.findall(r"\]\(#([^)]+)\)", text)} <= set(anchors)
    lines = [re.split(r"(?<!\\)\|", line) for line in text.splitlines() if line.startswith("| ")]
    # What stands before the first bar and after the last one is empty.
    columns = [line for line in lines if line[1].startswith(" `") and len(line) == 4 + 2]
    assert len(columns) == sum(len(table.columns) for table in tables.values())
    origins = [line for line in lines if line[1].startswith(" <a id=") and len(line) == 5 + 2]
    assert len(origins) == len(made.origins)


def test_equal_sql_gives_equal_bytes(written: Path, tmp_path: Path) -> None:
    assert cli.main(["docs", "--out", str(tmp_path), "--home", str(tmp_path / "home")]) == 0
    for name in dictionary.TEMPLATES:
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_models_of_an_overlay_are_in_it(tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "sql" / "marts").mkdir(parents=True)
    (own / "sql" / "marts" / "own_day.sql").write_text(
        "-- description: Ours <b>|</b> & theirs.\n"
        "-- grain: price_date\n"
        "-- column n_shown: Rows *shown* | told.\n"
        "select price_date, count(*) as n_shown, 1.5 as mine\n"
        "from marts.token_day group by price_date\n"
    )
    out = tmp_path / "out"
    arguments = ["docs", "--out", str(out), "--home", str(tmp_path), "--overlay", str(own)]
    assert cli.main(arguments) == 0
    page = (out / "dictionary.html").read_text(encoding="utf-8")
    assert 'id="marts.own_day"' in page
    assert "Ours &lt;b&gt;|&lt;/b&gt; &amp; theirs." in page
    text = (out / "dictionary.md").read_text(encoding="utf-8")
    assert r"| `n_shown` | bigint | count | Rows \*shown\* \| told. |" in text
    assert "| `mine` | decimal(2,1) |  |  |" in text


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    assert cli.main(["docs", "--out", str(taken), "--home", str(tmp_path)]) == 8
    assert "--out" in capsys.readouterr().err


def test_templates_of_an_overlay_come_first(tmp_path: Path) -> None:
    own = tmp_path / "own" / "templates"
    own.mkdir(parents=True)
    shipped = (TEMPLATES / "dictionary.md.jinja").read_text(encoding="utf-8")
    (own / "dictionary.md.jinja").write_text(f"Ours.\n{shipped}")
    out = tmp_path / "out"
    arguments = ["docs", "--out", str(out), "--home", str(tmp_path), "--overlay", str(own.parent)]
    assert cli.main(arguments) == 0
    assert (out / "dictionary.md").read_text(encoding="utf-8").startswith("Ours.\n# capbrief")

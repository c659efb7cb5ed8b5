"""Universe rules: read whole or refused with all that is wrong, and versioned as data."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import resources
from pipeline.errors import DefinitionError, SchemaError
from pipeline.extract.universe import ENTITIES, Universe
from pipeline.extract.universe_rules import load, named_coins, read
from pipeline.source import Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.provenance import Provenance
    from tests.extract.conftest import Host, Past  # noqa: TID251 - for their types only

NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)


def tables(rules: Path, origin: Callable[..., Provenance]) -> dict[str, list[tuple[Any, ...]]]:
    """What each entity reads from the file of the fixture."""
    content = (rules / "mine.toml").read_bytes()
    found = {}
    for name, entity in ENTITIES.items():
        rows = entity.parse(entity, content, origin(f"mine/{name}", name))
        assert dict(rows.accepted.schema) == dict(entity.schema)
        assert rows.rejected.is_empty()
        found[name] = rows.accepted.rows()
    return found


def test_every_table_of_a_file_is_read(rules: Path, origin: Callable[..., Provenance]) -> None:
    assert tables(rules, origin) == {
        "universe": [("ai", "AI", 100_000.0, 30, 24, 2, None)],
        "basket": [],
        "basket_member": [],
        "category": [("ai", "artificial-intelligence", "core"), ("ai", "ai-meme-coins", "meme")],
        "member": [("ai", "render-token", "GPU rendering")],
        "benchmark": [("bitcoin", "the market")],
        "twin": [("wrapped-tao", "bittensor", "wrapped", "TAO in a wrapper")],
        "migration": [
            (
                *("singularitynet", "fetch-ai", 0.43335, date(2024, 7, 1), None),
                *("the alliance", "https://example.org/"),
            )
        ],
        "exclusion": [("ai", "usd-coin", "a stablecoin")],
    }


BASKET = """
[[basket]]
id = "rented-out"
title = "Networks that rent GPUs out"
weight_limit = 0.4

[[basket.member]]
coin_id = "render-token"
first_date = 2024-01-01
last_date = 2024-02-29
note = "Render"

[[basket.member]]
coin_id = "akash-network"
note = "Akash"
"""


def test_a_basket_is_read(rules: Path, origin: Callable[..., Provenance]) -> None:
    with (rules / "mine.toml").open("a") as file:
        file.write(BASKET)
    found = tables(rules, origin)
    assert found["basket"] == [("rented-out", "Networks that rent GPUs out", 0.4)]
    assert found["basket_member"] == [
        ("rented-out", "render-token", date(2024, 1, 1), date(2024, 2, 29), "Render"),
        ("rented-out", "akash-network", None, None, "Akash"),
    ]
    # The history of its coins is fetched like that of all that are named.
    assert named_coins(load([rules]))[-2:] == ["render-token", "akash-network"]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("0.4", "0.04", "basket[1].weight_limit: must be from 0.05 to 1"),
        ("0.4", "1.1", "basket[1].weight_limit: must be from 0.05 to 1"),
        ("0.4", '"0.4"', "basket[1].weight_limit: must be a number"),
        ("weight_limit", "wieght_limit", "did you mean weight_limit?"),
        ("rented-out", "Rented out", "basket[1].id: must be of small letters"),
        ("rented-out", "ai-17", "basket[1].id: is a universe of the bundled edition"),
        ("rented-out", "ai", "universe: ai is there twice"),
        ("akash-network", "render-token", "basket[1].member: render-token is there twice"),
        ("akash-network", "wrapped-tao", "twin: wrapped-tao is a member of rented-out too"),
        ("2024-02-29", "2023-02-28", "basket[1].member[1].last_date: is before first_date"),
        ("2024-02-29", '"2024-02-29"', "last_date: must be a date like 2024-07-01"),
        ("basket.member", "basket.members", "basket[1].member: is missing"),
    ],
)
def test_what_is_wrong_with_a_basket_is_said(old: str, new: str, finding: str, rules: Path) -> None:
    with (rules / "mine.toml").open("a") as file:
        file.write(BASKET.replace(old, new))
    with pytest.raises(DefinitionError) as caught:
        load([rules])
    assert finding in str(caught.value)


def test_a_file_that_was_taken_away_has_no_rows(
    rules: Path, origin: Callable[..., Provenance]
) -> None:
    (rules / "mine.toml").write_text("# nothing\n")
    assert set(map(tuple, tables(rules, origin).values())) == {()}


def test_bytes_that_are_no_rules_are_refused(origin: Callable[..., Provenance]) -> None:
    entity = ENTITIES["member"]
    for content in (b"[[universe]]\n", b"\xff", b"= 1"):
        with pytest.raises(SchemaError, match="mine/member"):
            entity.parse(entity, content, origin("mine/member"))


# --- As a source ----------------------------------------------------------------------------


def planned(source: Universe, past: Past) -> list[Unit]:
    found = []
    for unit in source.plan(past, Wanted(now=NOW)):
        assert isinstance(unit, Unit)
        assert (unit.days, unit.calls) == (None, 0)
        found.append(unit)
    return found


def test_only_what_changed_is_had(rules: Path, past: Past, host: Host) -> None:
    source = Universe((rules,))
    assert (source.name, source.access) == ("universe", None)
    units = planned(source, past)
    assert [unit.dataset for unit in units] == [f"mine/{name}" for name in ENTITIES]
    for unit in units:
        [(content, origin)] = unit.fetch(host)
        assert content == (rules / "mine.toml").read_bytes()
        assert (origin.dataset, origin.retrieved_at) == (unit.dataset, NOW)
        assert origin.known_at is None
        past.brought[unit.dataset] = [content]
    assert planned(source, past) == []
    with (rules / "mine.toml").open("a") as file:
        file.write("# looked over\n")
    assert len(planned(source, past)) == len(ENTITIES)


def test_a_file_that_went_is_had_as_empty_once(rules: Path, past: Past, host: Host) -> None:
    past.brought = {f"gone/{name}": [b"x = 1"] for name in ENTITIES}
    source = Universe((rules,))
    units = [unit for unit in planned(source, past) if unit.dataset.startswith("gone/")]
    assert [unit.dataset for unit in units] == [f"gone/{name}" for name in ENTITIES]
    for unit in units:
        [(content, _)] = unit.fetch(host)
        assert tomllib.loads(content.decode()) == {}
        past.brought[unit.dataset] = [content]
    assert not [unit for unit in planned(source, past) if unit.dataset.startswith("gone/")]


def test_the_users_file_stands_for_the_shipped_one(rules: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    text = (rules / "mine.toml").read_text()
    (own / "mine.toml").write_text(text.replace('id = "ai"', 'id = "my-ai"'))
    (own / "second.toml").write_text(text.replace('id = "ai"', 'id = "second"'))
    found = load([own, rules, tmp_path / "absent"])
    assert [one.universes[0].universe_id for one in found] == ["my-ai", "second"]
    (own / "second.toml").write_text(text.replace('id = "ai"', 'id = "my-ai"'))
    with pytest.raises(DefinitionError, match=r"second\.toml: universe my-ai: is in .*mine\.toml"):
        load([own, rules])


# --- What is wrong with a file --------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ('id = "ai"', 'id = "AI sector"', "universe[1].id: must be of small letters"),
        ('title = "AI"', 'title = ""', "universe[1].title: must be a text"),
        ('title = "AI"', "", "universe[1].title: is missing"),
        ("min_age_days = 30", "min_age_day = 30", "did you mean min_age_days?"),
        ("min_age_days = 30", "min_age_days = 30.5", "min_age_days: must be a whole number"),
        ("min_volume_usd = 100_000", "min_volume_usd = -1", "min_volume_usd: is below 0"),
        ("min_volume_usd = 100_000", "min_volume_usd = true", "must be a number"),
        ('["ai-meme-coins"]', '"ai-meme-coins"', "meme_categories: must be a list"),
        ('["ai-meme-coins"]', '["x", "x"]', "meme_categories: has an entry twice"),
        ('["ai-meme-coins"]', '["artificial-intelligence"]', "is in core_categories too"),
        ('coin_id = "usd-coin"', 'coin_id = "render-token"', "render-token is a member too"),
        ('coin_id = "usd-coin"', 'coin_id = " usd-coin"', "' usd-coin' is no coin id"),
        ('coin_id = "usd-coin"', 'coin_id = "a,b"', "'a,b' is no coin id"),
        ('kind = "wrapped"', 'kind = "wraped"', "known are wrapped, staked, bridged, renamed"),
        ('of_coin_id = "bittensor"', 'of_coin_id = "wrapped-tao"', "is the coin itself"),
        ('coin_id = "wrapped-tao"', 'coin_id = "render-token"', "render-token is a member of ai"),
        ("ratio = 0.43335", "ratio = 0", "migration[1].ratio: must be more than 0"),
        ('to_coin_id = "fetch-ai"', 'to_coin_id = "singularitynet"', "ratio: must be 1"),
        ("2024-07-01", '"2024-07-01"', "started_date: must be a date like"),
        ("2024-07-01", "2024-07-01T00:00:00Z", "started_date: must be a date like"),
        ("2024-07-01", "2024-07-01\nended_date = 2024-06-01", "ended_date: is before"),
        ("[[benchmark]]", "[benchmark]", "benchmark: must be written as [[benchmark]]"),
        ("[[benchmark]]", "[[benchmarks]]", "benchmarks: is unknown here; did you mean benchmark?"),
        ("[[universe]]", "[[universe]", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named(rules: Path, old: str, new: str, finding: str) -> None:
    path = rules / "mine.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DefinitionError) as caught:
        load([rules])
    assert finding in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("more", "finding"),
    [
        ('[[benchmark]]\ncoin_id = "bitcoin"\nnote = "x"', "benchmark: bitcoin is there twice"),
        (
            '[[twin]]\ncoin_id = "w"\nof_coin_id = "wrapped-tao"\nkind = "staked"\nnote = "x"',
            "twin: w is of wrapped-tao, which is a twin itself",
        ),
        (
            '[[universe]]\nid = "none"\ntitle = "x"\nmin_volume_usd = 0\nmin_age_days = 0\n'
            "max_staleness_hours = 0\nhistory_coins = 0",
            "universe[2].core_categories: is empty",
        ),
    ],
)
def test_tables_must_agree(rules: Path, more: str, finding: str) -> None:
    content = (rules / "mine.toml").read_text() + "\n" + more + "\n"
    with pytest.raises(DefinitionError) as caught:
        read("mine.toml", content.encode())
    assert finding in str(caught.value)


def test_all_findings_come_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        read("mine.toml", b'[[universe]]\nid = "x"\n[[benchmark]]\ncoin_id = 1\n[extra]\n')
    lines = str(caught.value).splitlines()
    assert "mine.toml: universe[1].title: is missing" in lines
    assert "mine.toml: benchmark[1].coin_id: must be a text in quotes" in lines
    assert any(line.startswith("mine.toml: extra: is unknown here") for line in lines)


# --- The shipped rules ----------------------------------------------------------------------


def test_the_shipped_rules_are_the_documented_ones() -> None:
    [live] = load([resources.UNIVERSES])
    universes = {one.universe_id: one for one in live.universes}
    assert universes.keys() == {"ai-sector", "depin", "compute-networks"}
    assert "artificial-intelligence" in universes["ai-sector"].core_categories
    assert universes["ai-sector"].meme_categories == ("ai-meme-coins",)
    assert universes["depin"].core_categories == ("depin",)
    # Named by the vendor otherwise than one would guess (reference of the source, section 2.2).
    members = {one.coin_id for one in universes["compute-networks"].members}
    assert {"pha", "zelcash", "render-token"} <= members
    assert not {"phala-network", "flux", "render"} & members
    assert named_coins([live])[:2] == ["bitcoin", "ethereum"]
    moved = {one.from_coin_id: one for one in live.migrations}
    assert {one: moved[one].to_coin_id for one in ("singularitynet", "ocean-protocol")} == {
        "singularitynet": "fetch-ai",
        "ocean-protocol": "fetch-ai",
    }
    assert moved["render-token"].to_coin_id == "render-token"


def test_the_merger_ratios_agree_with_the_tokens_that_were_minted_for_them() -> None:
    # Fetch.ai, 3 May 2024: 866,700,367 FET were minted for AGIX and 610,849,199 for OCEAN,
    # whose total supplies were 2 billion and 1.41 billion.
    [live] = load([resources.UNIVERSES])
    ratios = {one.from_coin_id: one.ratio for one in live.migrations}
    assert ratios["singularitynet"] * 2e9 == pytest.approx(866_700_367, rel=1e-6)
    assert ratios["ocean-protocol"] * 1.41e9 == pytest.approx(610_849_199, rel=1e-6)


def test_shipped_twins_were_in_the_recorded_list_of_ids(recorded: Path) -> None:
    listed = json.loads((recorded / "jkorf_coins_list_2023-01-08.json").read_bytes())
    ids = {one["id"] for one in listed}
    [live] = load([resources.UNIVERSES])
    for twin in live.twins:
        said = "public code" in twin.note
        assert (twin.coin_id in ids) is not said
        assert twin.of_coin_id in ids
    for member in next(one for one in live.universes if one.members).members:
        assert (member.coin_id in ids) is not ("public code" in member.text)

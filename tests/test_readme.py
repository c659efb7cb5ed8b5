"""The README tells the truth: commands exist, queries run, the example does what it says."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline import alert_rules, cli, configuration, errors, layers, settings
from pipeline.estimate import scenario
from pipeline.estimate.distribution import DISTRIBUTIONS
from pipeline.extract import event_rules
from pipeline.extract.imports import ENTITIES
from pipeline.extract.mapping import read_mapping

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_every_command_is_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    offered = set(re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE))
    commands = README.partition("\n## Commands\n")[2].partition("\n## ")[0]
    described = set(re.findall(r"^\| `([a-z]+)` \|", commands, re.MULTILINE))
    assert described == offered


def test_every_exit_code_is_in_the_table() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", README, re.MULTILINE)
    assert [(int(code), *rest) for code, *rest in rows] == [
        dataclasses.astuple(one) for one in errors.EXITS
    ]


@pytest.mark.parametrize(
    "section", [settings.CoinGecko, settings.Http, settings.Sql, settings.Report]
)
def test_every_setting_is_in_the_table(
    section: type[settings.CoinGecko | settings.Http | settings.Sql | settings.Report],
) -> None:
    for one in dataclasses.fields(section):
        name = f"{section.__name__.upper()}__{one.name.upper()}"
        assert f"`CAPBRIEF_{name}" in README or f"`…{one.name.upper()}" in README


def test_every_key_of_a_settings_file_is_in_the_row_of_its_section() -> None:
    table = README[README.index("| section | keys |") :].split("\n\n")[0]
    listed = set()
    for sections, keys in re.findall(r"^\| (.+) \| (`.+) \|$", table, re.MULTILINE):
        for name in re.findall(r"`\[(.+?)\]`", sections) or [""]:
            section = f"{name.replace('<name>', 'team')}." if name else ""
            listed |= {f"{section}{key}" for key in re.findall(r"`(\w+)`", keys)}
    expected = set[str]()
    for one in layers.known(frozenset({"team"})).values():
        expected |= set(layers.keys(one)[1:] if one.is_secret else [one.key])
    assert listed == expected


def test_its_settings_can_be_used(tmp_path: Path) -> None:
    text = next(text for text in blocks("toml") if "ada@example.org" in text)
    (tmp_path / "c.toml").write_text(text)
    found = configuration.read(None, {}, tmp_path, file=tmp_path / "c.toml", commands=False)
    assert found.settings.deliver["team"].to == ("ada@example.org",)


def test_its_queries_give_rows(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.search(r'capbrief sql "(.*?)"', README, re.DOTALL)
    assert shown is not None
    for query in (shown[1], *blocks("sql")):
        capsys.readouterr()
        assert cli.main(["sql", query, "--json", "--home", str(built)]) == 0
        assert json.loads(capsys.readouterr().out)


def test_its_check_of_ones_own_stops_publication(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = next(block for block in blocks("sh") if "own/sql/checks" in block)
    match = re.search(r"> own/(\S+) <<'SQL'\n(.*?)^SQL$", example, re.MULTILINE | re.DOTALL)
    assert match is not None
    path = tmp_path / "own" / match[1]
    path.parent.mkdir(parents=True)
    arguments = ["check", "--home", str(built), "--overlay", str(tmp_path / "own")]
    path.write_text(match[2])
    assert cli.main(arguments) == 0
    path.write_text(match[2].replace("< 200", "> 200"))
    assert cli.main(arguments) == 7
    assert "render-token" in capsys.readouterr().err


def test_its_mapping_can_be_used() -> None:
    text = next(text for text in blocks("toml") if not re.search(r"\[scenario\]|\[\[", text))
    mapping = read_mapping(text, ENTITIES["token_daily"])
    given = ["Date", "Open*", "High", "Low", "Close**", "Volume", "Market Cap"]
    assert mapping.bind(ENTITIES["token_daily"], given).keys() >= {"coin_id", "close_usd"}


def test_the_basket_can_be_read() -> None:
    from pipeline.extract import universe_rules

    text = next(text for text in blocks("toml") if "[[basket]]" in text)
    [basket] = universe_rules.read("mine.toml", text.encode()).baskets
    assert (basket.universe_id, len(basket.members)) == ("gpu-rental", 2)


def test_its_event_can_be_read() -> None:
    text = next(text for text in blocks("toml") if "[[event]]" in text)
    [event] = event_rules.read("README.md", text.encode())
    assert (event.event_id, event.has_time) == ("my-event", True)
    for kind in event_rules.KINDS:
        assert kind in text


def test_its_alerts_can_be_asked(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = next(text for text in blocks("toml") if "[[alert]]" in text)
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "mine.toml").write_text(text)
    capsys.readouterr()
    assert cli.main(["alerts", "--json", "--home", str(built), "--overlay", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    by_id = {one["alert_id"]: one for one in found["alerts"]}
    assert by_id["render-day"]["value"] is not None
    assert (by_id["concentration"]["limit"], found["off"]) == (0.3, ["refused-share"])
    table = README[README.index("| kind | its query gives") :].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(alert_rules.KINDS)


def test_its_scenario_can_be_run(tmp_path: Path) -> None:
    text = next(text for text in blocks("toml") if "[scenario]" in text)
    (tmp_path / "mine.toml").write_text(text)
    loaded = scenario.load("mine", (tmp_path, *scenario.FOLDERS))
    assert loaded.inputs["steps"].params == "p05 10, p95 25"
    assert [one.between for one in loaded.correlations] == [("steps", "mfu")]
    table = README[README.index("| dist | parameters |") :].split("\n\n")[0]
    first = ", ".join(re.findall(r"^\| ([a-z ,()]+) \|", table, re.MULTILINE)[1:])
    listed = {word for word in re.findall(r"[a-z]+", first) if word not in ("a", "share")}
    assert listed == set(DISTRIBUTIONS)


def test_its_paths_exist() -> None:
    root = Path(__file__).resolve().parents[1]
    named = re.findall(r"`((?:pipeline|sql|templates|reports|tests)/[\w./-]*)`", README)
    assert named
    missing = [name for name in named if "<" not in name and not (root / name).exists()]
    assert missing == []


def test_its_channels_can_be_set(tmp_path: Path) -> None:
    from pipeline import configuration

    text = next(text for text in blocks("toml") if "[deliver.team]" in text)
    (tmp_path / "config.toml").write_text(text)
    for name in ("mail-password", "slack-url", "desk-url", "desk-key", "ping-url"):
        secret = {"mail-password": "word", "desk-key": "A" * 43 + "="}
        (tmp_path / name).write_text(secret.get(name, f"https://hooks.example.org/{name}"))
        (tmp_path / name).chmod(0o600)
    found = configuration.read(tmp_path, {}, tmp_path).settings
    assert {one.kind for one in found.deliver.values()} == set(settings.CHANNELS)
    assert found.monitor.ping_url is not None


def test_its_receiver_knows_us(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    from pipeline.deliver import webhook
    from pipeline.secret import Secret

    own: dict[str, Any] = {}
    exec(next(text for text in blocks("python") if "def is_ours" in text), own)
    key, body, now = f"whsec_{'A' * 43}=", b'{"type":"capbrief.report"}', datetime.now(UTC)
    headers = webhook.signed("0a1b", now, body, Secret(key))
    had: set[str] = set()
    assert own["is_ours"](headers, body, key, had)
    assert not own["is_ours"](headers, body, key, had)
    assert not own["is_ours"](headers, body + b" ", key, set())
    assert not own["is_ours"](headers, body, "B" * 43 + "=", set())
    old = webhook.signed(
        "0a1b", datetime.fromtimestamp(now.timestamp() - 400, UTC), body, Secret(key)
    )
    assert not own["is_ours"](old, body, key, set())

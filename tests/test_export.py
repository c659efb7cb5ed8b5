"""Export: a folder that is whole or not there, says what it holds, and replaces only its own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipeline import export

if TYPE_CHECKING:
    from tests.conftest import Command  # noqa: TID251 - for its types only


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("form", ["parquet", "csv", "sqlite", "xlsx"])
def test_the_manifest_says_what_is_there(run: Command, tmp_path: Path, form: str) -> None:
    folder = tmp_path / "deep" / "out"
    ended = run("export", "--format", form, "--out", str(folder))
    assert (ended.code, ended.out) == (0, f"{folder}\n")
    found = manifest(folder)
    assert found["made_by"] == "capbrief export"
    assert found["report_date"] == "2024-04-03"
    assert found["as_of"] is None
    assert found["source_file"] == run.published.name
    with duckdb.connect(run.published, read_only=True) as connection:
        known = connection.execute(
            "select schema_name || '.' || table_name, comment from duckdb_tables() "
            "where schema_name in ('marts', 'estimates') order by all"
        ).fetchall()
        assert [(one["name"], one["comment"]) for one in found["tables"]] == known
        for one in found["tables"]:
            count = connection.execute(f"select count(*) from {one['name']}").fetchall()
            columns = connection.execute(
                "select column_name, data_type from duckdb_columns() where "
                f"schema_name || '.' || table_name = '{one['name']}' order by column_index"
            ).fetchall()
            assert [(one["row_count"],)] == count
            assert [(column["name"], column["type"]) for column in one["columns"]] == columns
            content = (folder / one["file"]).read_bytes()
            assert one["sha256"] == hashlib.sha256(content).hexdigest()
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        *(one["file"] for one in found["tables"]),
    }
    assert [path.name for path in folder.parent.iterdir()] == ["out"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}


def test_an_export_as_of_an_earlier_day_holds_what_was_known(
    fresh: Command, tmp_path: Path
) -> None:
    ended = fresh("export", "marts", "--as-of", "2024-04-03", "--out", str(tmp_path / "out"))
    assert ended.code == 0
    found = manifest(tmp_path / "out")
    assert found["as_of"] == "2024-04-03T23:59:59.999999+00:00"
    counts = {one["name"]: one["row_count"] for one in found["tables"]}
    assert counts["marts.fleet_quarter"] == 0
    assert counts["marts.token_day"] > 0
    assert not [name for name in counts if not name.startswith("marts.")]


def test_tables_and_layers_can_be_chosen(run: Command, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    assert run("export", "marts.gpu", "estimates.claim", "--out", out).code == 0
    assert [one["name"] for one in manifest(tmp_path / "out")["tables"]] == [
        "estimates.claim",
        "marts.gpu",
    ]
    assert run("export", "--layers", "staging", "--out", out).code == 0
    names = [one["name"] for one in manifest(tmp_path / "out")["tables"]]
    assert names
    assert all(name.startswith("staging.") for name in names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["marts.tokenday"], "did you mean marts.token_day?"),
        (["--layers", "mart"], "did you mean marts?"),
        (["raw"], "no such table or layer"),
        (["marts.gpu; drop table marts.gpu"], "no such table"),
        (["marts.gpu", "--layers", "marts"], "give one of them"),
    ],
)
def test_what_is_not_there_is_not_exported(
    run: Command, tmp_path: Path, arguments: list[str], message: str
) -> None:
    ended = run("export", *arguments, "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert message in ended.message
    assert not (tmp_path / "out").exists()


def test_only_a_folder_of_its_own_is_replaced(run: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("export", "--format", "csv", "--out", str(out)).code == 0
    assert run("export", "marts.gpu", "--out", str(out)).code == 0
    assert {path.name for path in out.iterdir()} == {"manifest.json", "marts.gpu.parquet"}
    (out / "mine.txt").write_text("precious")
    refused = run("export", "marts.gpu", "--out", str(out))
    assert refused.code == 2
    assert "mine.txt" in refused.message
    assert (out / "mine.txt").read_text() == "precious"
    assert run("export", "marts.gpu", "--out", str(out), "--force").code == 0
    assert {path.name for path in out.iterdir()} == {"manifest.json", "marts.gpu.parquet"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_as_good_as_none(run: Command, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert run("export", "marts.gpu", "--out", str(tmp_path / "out")).code == 0


@pytest.mark.parametrize(
    "text", ["{}", "[]", "not json", '{"made_by": "another"}', '{"made_by": "capbrief export"}']
)
def test_a_manifest_of_somebody_else_protects_its_folder(
    run: Command, tmp_path: Path, text: str
) -> None:
    (tmp_path / "manifest.json").write_text(text)
    assert run("export", "marts.gpu", "--out", str(tmp_path)).code == 2
    assert (tmp_path / "manifest.json").read_text() == text


def test_force_does_not_replace_what_much_depends_on(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    work = tmp_path / "work" / "deep"
    for folder in (home, work):
        folder.mkdir(parents=True)
        (folder / "mine.txt").write_text("precious")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(work)
    (tmp_path / "file").write_text("precious")
    (tmp_path / "link").symlink_to(home)
    own = [run.home, run.home / "warehouse", run.home / "payloads" / "new", run.home / "state"]
    others = ["/", home, ".", "..", tmp_path, tmp_path / "file", tmp_path / "link", "/proc"]
    for out in map(str, [*own, *others]):
        ended = run("export", "marts.gpu", "--force", "--out", out)
        assert ended.code == 2, out
        assert "be replaced; give" in ended.message
    assert run.published.exists()
    assert (home / "mine.txt").read_text() == (work / "mine.txt").read_text() == "precious"


@pytest.mark.parametrize("form", ["parquet", "csv", "sqlite", "xlsx"])
def test_what_fails_halfway_leaves_nothing_and_keeps_what_was_there(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    out = tmp_path / "out"
    assert run("export", "marts.gpu", "--out", str(out)).code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(fresh: Path, place: Path) -> None:
        del place
        assert len([*fresh.iterdir()]) > 1
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "_settle", full)
    for target in (out, tmp_path / "new"):
        ended = run("export", "--format", form, "--out", str(target))
        assert ended.code == 8
        assert "No space left" in ended.message
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("form", ["parquet", "csv", "sqlite", "xlsx"])
def test_a_folder_that_cannot_be_made_is_one_line(run: Command, form: str) -> None:
    ended = run("export", "--format", form, "--out", "/proc/here/out")
    assert ended.code == 8
    assert "/proc/here/out: cannot be written" in ended.message
    assert len(ended.message.splitlines()) == 1

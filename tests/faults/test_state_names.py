"""F57, F58: links that somebody planted, names that lead elsewhere, and those of another case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CoinGecko, Command, Ended  # noqa: TID251 - for its types only
    from tests.faults.conftest import Home  # noqa: TID251 - for its types only


def must_be_refused(ended: Ended, code: int, *words: str) -> None:
    assert ended.code == code, ended
    assert len(ended.message.splitlines()) == 1
    for word in words:
        assert word in ended.message


@pytest.mark.parametrize("is_there", [True, False], ids=["to a file", "to nothing"])
def test_f57_a_link_at_the_place_of_a_result_is_not_followed(
    run: Command, tmp_path: Path, is_there: bool
) -> None:
    victim, out = tmp_path / "victim", tmp_path / "out"
    out.mkdir()
    if is_there:
        victim.write_text("dear to somebody")
    for name in ("rows.csv", "dictionary.html", "dictionary.md"):
        (out / name).symlink_to(victim)
    ended = run("sql", "select 1 as x", "--out", str(out / "rows.csv"))
    must_be_refused(ended, 8, str(out / "rows.csv"), "is a link", "remove it")
    assert run("docs", "--out", str(out)).code == 8
    assert (out / "rows.csv").readlink() == victim
    assert victim.exists() == is_there
    if is_there:
        assert victim.read_text() == "dear to somebody"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out", *["victim"] * is_there]


def test_f57_a_link_in_the_reports_does_not_lead_out_of_the_home(
    fresh: Command, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder,) = (fresh.home / "reports").glob("market-capacity_2*")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.symlink_to(elsewhere)
    ended = fresh("report", "build", "market-capacity")
    must_be_refused(ended, 8, str(folder), "leads out of", "remove the link")
    assert list(elsewhere.iterdir()) == []


def test_f57_reports_may_lie_on_another_disk(fresh: Command, tmp_path: Path) -> None:
    """The folder of all reports may be a link: that one is the user's own."""
    reports, elsewhere = fresh.home / "reports", tmp_path / "large"
    reports.rename(elsewhere)
    reports.symlink_to(elsewhere)
    assert fresh("docs").code == 0
    assert (elsewhere / "dictionary.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("report", "build", "../../etc/passwd"), 2),
        (("report", "build", "..%2fmarket"), 2),
        (("scenario", "new", "../mine"), 2),
        (("report", "new", "../mine"), 2),
        (("scenario", "show", "../base"), 2),
        (("fetch", "../coingecko"), 2),
        (("universe", "show", "../../x"), 2),
        (("sql", "select 1", "--out", "x" * 300 + ".csv"), 8),
        (("sql", "select 1", "--example", "../../tests/x"), 2),
    ],
)
def test_f57_a_name_that_leads_elsewhere_or_is_too_long_makes_no_file(
    run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...],
    code: int,
) -> None:  # fmt: skip
    (tmp_path / "here" / "own").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    ended = run(*arguments, "--overlay", "own")
    assert ended.code == code, ended
    assert len(ended.message.splitlines()) <= 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["../../../planted", "/tmp/planted", "nul", "a" * 400, "Bitcoin"])
def test_f57_f58_ids_of_a_source_name_no_file(
    good: Home, coingecko: CoinGecko, tmp_path: Path, name: str
) -> None:
    """Payloads are named after their bytes, so that neither a path nor another case matters."""
    coingecko.set(add={"ai-meme-coins": [name]})
    before = {path for path in tmp_path.rglob("*") if good.path not in path.parents}
    ended = good("run", "--no-report")
    assert ended.code in (0, 3), ended
    after = {path for path in tmp_path.rglob("*") if good.path not in path.parents}
    assert after == before
    new = {path.name for path in good.path.rglob("*") if path.is_file()}
    assert not any("planted" in one or one.startswith(("nul", "aaaa")) for one in new)
    assert len({one.casefold() for one in new}) == len(new)


def test_f58_a_scenario_is_not_begun_whose_name_differs_in_case_alone(
    run: Command, tmp_path: Path
) -> None:
    """Where a disk makes no difference between the two, one would be read for the other."""
    own = tmp_path / "own"
    own.mkdir()
    ended = run("scenario", "new", "Base", "--overlay", str(own))
    must_be_refused(ended, 2, "Base: differs from base in case alone; give another name")
    assert list(own.iterdir()) == []

"""Parser: what a mistyped command line is told, and the version."""

from __future__ import annotations

import pytest

from pipeline import cli
from pipeline.engines import installed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stauts"], "capbrief: argument COMMAND: 'stauts' is not known; did you mean 'status'?"),
        (["run", "--dryrun"], "capbrief run: --dryrun: no such flag; did you mean '--dry-run'?"),
        (["report", "build", "--locales=de"], "--locales: no such flag; did you mean '--locale'?"),
        (["report", "biuld"], "argument ACTION: 'biuld' is not known; did you mean 'build'?"),
        (["status", "x"], "capbrief status: 'x' is one argument too many"),
        (["status", "--zzz"], "capbrief status: --zzz: no such flag; see 'capbrief status --help'"),
        (["export", "--out", "x", "--format", "zip"], "'zip' is not known; there are parquet, csv"),
        (["backfill"], "the following arguments are required: --from, --to"),
        (["run", "--ok-codes", "3,7"], "7: only 3, 5, 9, 10 can be taken for success"),
        (["run", "--ok-codes", "0"], "0: only 3, 5, 9, 10 can be taken for success"),
        (["run", "--ok-codes", ","], "names nothing"),
        (["run", "--fail-on", "nevr"], "'nevr' is not known; did you mean 'never'?"),
    ],
)
def test_one_line_says_what_is_wrong_and_what_is_near(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    shown = capsys.readouterr()
    assert (caught.value.code, shown.out) == (2, "")
    (line,) = shown.err.splitlines()
    assert said in line
    assert line.endswith("--help'")


def test_the_version_can_be_asked_for_by_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--version", "-V"):
        with pytest.raises(SystemExit) as caught:
            cli.main([flag])
        assert caught.value.code == 0
        assert capsys.readouterr().out == f"capbrief {installed('capbrief')}\n"

"""`capbrief backtest`: published timings, and a user's own file of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipeline.cli import main
from pipeline.extract import timing_file

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = (
    "model,gpu,gpus,tokens,steps,passes,layers,width,mac_per_token_layer,seconds,kind,case,"
    "source,comparable"
)
# HunyuanVideo at 720p on one H100 by the xDiT project: 1,904 s.
HUNYUAN = (
    "HunyuanVideo,H100,1,118800,50,1,60,3072,113246208,1904.08,end-to-end,"
    '"720p 129f, FA2",xDiT docs,true'
)

Ran = tuple[int, str, str]


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Ran]:
    """Run the command on a file of these lines: exit code, stdout, stderr."""

    def run(*lines: str, flags: tuple[str, ...] = ("--json",)) -> Ran:
        given: list[str] = []
        if lines:
            (tmp_path / "own.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
            given = ["--timings", str(tmp_path / "own.csv")]
        code = main(["backtest", "--home", str(tmp_path / "home"), *given, *flags])
        return code, *capsys.readouterr()

    return run


def answer(found: Ran) -> Any:
    code, out, err = found
    assert code == 0, err
    return json.loads(out)


def test_the_shipped_timings_are_all_predicted(ran: Callable[..., Ran]) -> None:
    found = answer(ran())
    rows = found["rows"]
    assert len(rows) == len(timing_file.shipped("video_timing"))
    for row in rows:
        assert row["p10"] < row["predicted_seconds"] < row["p90"], row
        assert row["is_scored"] == row["is_comparable"]
    ours = found["scores"][0]
    assert ours["n_timings"] == sum(row["is_scored"] for row in rows)
    errors = sorted(abs(row["ratio"] - 1) for row in rows if row["is_scored"])
    assert ours["median_error_share"] == pytest.approx(pl.Series(errors).median())


def test_text_is_a_table_and_the_scores(ran: Callable[..., Ran]) -> None:
    code, out, _ = ran(flags=())
    assert code == 0
    assert "Hopper stock" in out
    assert "8 x H100" in out
    assert "inside of the 80 % interval" in out


def test_a_file_is_held_against_other_models(ran: Callable[..., Ran]) -> None:
    (row,) = answer(ran(HEADER, HUNYUAN))["rows"]
    assert (row["model"], row["gpu"], row["seconds"]) == ("HunyuanVideo", "H100", 1904.08)
    assert row["fitted_from"] == "Hopper stock"
    assert row["p10"] < 1904.08 < row["p90"]
    # Ten times the seconds say nothing of their own prediction.
    slower = HUNYUAN.replace("1904.08", "19040.8")
    (other,) = answer(ran(HEADER, slower))["rows"]
    assert other["predicted_seconds"] == row["predicted_seconds"]


def test_other_rows_of_the_file_are_evidence(ran: Callable[..., Ran]) -> None:
    cog = (
        "CogVideoX-5B,L20,1,17550,50,2,42,3072,113246208,400,end-to-end,480p 49f,own,true",
        HUNYUAN.replace("H100", "L20").replace("1904.08", "6043.88"),
    )
    first, second = answer(ran(HEADER, *cog))["rows"]
    assert first["fitted_from"] == second["fitted_from"] == "Ada, 120 TFLOP/s"
    assert first["n_fitted"] == 1


def test_a_row_that_is_shipped_too_counts_once(ran: Callable[..., Ran]) -> None:
    shipped = timing_file.shipped("video_timing")
    found = answer(ran(*shipped.write_csv().splitlines()))
    alone = answer(ran())
    assert found["rows"] == alone["rows"]
    assert found["classes"] == alone["classes"]


def test_columns_may_be_in_any_order_and_sizes_of_known_models_left_out(
    ran: Callable[..., Ran],
) -> None:
    sizes = "layers,width,mac_per_token_layer"
    header = f"seconds,model,gpu,gpus,tokens,steps,passes,{sizes},comparable,kind"
    line = "1904.08,HunyuanVideo,H100,1,118800,50,1,,,,TRUE,end-to-end"
    (row,) = answer(ran(header, line))["rows"]
    (full,) = answer(ran(HEADER, HUNYUAN))["rows"]
    assert row["flop"] == full["flop"]
    assert row["predicted_seconds"] == full["predicted_seconds"]


def test_headers_numbers_and_flags_are_read_as_people_write_them(ran: Callable[..., Ran]) -> None:
    header = ", ".join(HEADER.split(",")).title()
    written = HUNYUAN.replace(",50,1,", ",50.0,1.00,").replace(",true", ",Yes")
    (row,) = answer(ran(header, written, "", ",,,,,,,,,,,,,"))["rows"]
    (same,) = answer(ran(HEADER, HUNYUAN))["rows"]
    assert row == same


def test_what_is_faster_than_its_gpu_can_be_does_not_count(ran: Callable[..., Ran]) -> None:
    impossible = HUNYUAN.replace("HunyuanVideo", "Own").replace("1904.08", "60")
    code, out, err = ran(HEADER, HUNYUAN, impossible)
    assert code == 0
    assert "above_peak" in err
    found = json.loads(out)
    good, bad = found["rows"]
    assert (good["is_scored"], bad["is_scored"]) == (True, False)
    assert bad["mfu"] > 1
    assert bad["reason"].startswith("above the peak of its GPUs")
    assert found["scores"][0]["n_timings"] == 1
    assert max(one["most"] for one in found["classes"]) < 1


def test_an_unknown_gpu_is_named_and_the_rest_is_told(ran: Callable[..., Ran]) -> None:
    code, out, err = ran(HEADER, HUNYUAN, HUNYUAN.replace("H100", "Voodoo 2"))
    assert code == 3
    good, bad = json.loads(out)["rows"]
    assert good["predicted_seconds"] > 0
    assert bad["predicted_seconds"] is None
    assert "Voodoo 2" in bad["reason"]
    assert "1 of 2 comparable timings are not predicted" in err


def test_without_a_warehouse_and_a_home_nothing_is_written(
    ran: Callable[..., Ran], tmp_path: Path
) -> None:
    assert ran(HEADER, HUNYUAN)[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((HEADER,), "holds no timing"),
        (("model,gpu", "a,b"), "lacks the column gpus, tokens"),
        ((HEADER, HUNYUAN.replace("1904.08", "soon")), "row 1: seconds: not a Float64"),
        ((HEADER, HUNYUAN.replace("1904.08", "")), "row 1: seconds: is required"),
        ((HEADER, HUNYUAN.replace("1904.08", "nan")), "row 1: seconds: not a Float64"),
        (
            (HEADER, HUNYUAN.replace("1904.08", "-1")),
            "row 1, HunyuanVideo on H100: seconds are -1.0; they must be above 0",
        ),
        ((HEADER, HUNYUAN.replace("H100,1,", "H100,0,")), "gpus is 0; it must be 1 or more"),
        ((HEADER, HUNYUAN.replace("end-to-end", "warm")), "kind is warm"),
        ((HEADER, HUNYUAN.replace("end-to-end", "")), "kind is empty; it is one of end-to-end"),
        ((HEADER, HUNYUAN.replace(",true", ",maybe")), "row 1: comparable: not a Boolean"),
        (
            (HEADER, "Nobody's,H100,1,100,5,1,,,,9,denoising,,,true"),
            "row 1, Nobody's on H100: lacks layers; the catalogue has no such model",
        ),
        ((HEADER, HUNYUAN + ",surplus"), "own.csv: is no CSV file"),
        ((HEADER.replace(",", ";"), HUNYUAN.replace(",", ";")), "are not parted by commas"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(
    ran: Callable[..., Ran], lines: tuple[str, ...], reason: str
) -> None:
    code, out, err = ran(*lines)
    assert code == 2
    assert out == ""
    assert reason in err
    assert "own.csv" in err


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = main(["backtest", "--timings", str(tmp_path / "none.csv"), "--home", str(tmp_path)])
    assert code == 2
    assert "none.csv: No such file" in capsys.readouterr().err


def test_bytes_that_are_no_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00model")
    code = main(["backtest", "--timings", str(tmp_path / "x.csv"), "--home", str(tmp_path)])
    assert code == 2
    assert "is not UTF-8" in capsys.readouterr().err

"""Imports: users' own files, read by their mappings or refused with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.errors import QualityError, SchemaError, UsageError
from pipeline.extract.import_file import read
from pipeline.extract.imports import TOKEN_DAILY, parse
from pipeline.provenance import KnownAt, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.source import Rows

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEADER = "coin_id,price_date,close_usd,market_cap_usd,volume_usd\n"
ROW = "render-token,2024-03-26,11.11,4242178925,292274984\n"


@dataclass(frozen=True)
class Brought:
    """Writes files and their mappings into one folder, and reads them as imports."""

    folder: Path

    def __call__(
        self, content: str | bytes, mapping: str | None = None, name: str = "own.csv", **other: Any
    ) -> tuple[bytes, Provenance, Rows]:
        file = self.folder / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        path = None
        if mapping is not None:
            path = self.folder / "own.toml"
            path.write_text(mapping)
        return read(file, mapping=path, **{**SAID, **other})


SAID: dict[str, Any] = {
    "kind": "token_daily",
    "producer": "A Vendor",
    "citation": "A Vendor, daily history",
    "licence": "facts, cited",
    "published": None,
    "now": NOW,
}


@pytest.fixture
def bring(tmp_path: Path) -> Brought:
    return Brought(tmp_path)


def figures(rows: Rows) -> list[tuple[object, ...]]:
    return rows.accepted.drop("vendor").rows()


THE_ROW = [("render-token", date(2024, 3, 26), 11.11, 4242178925.0, 292274984.0)]


class TestFile:
    def test_our_own_names_need_no_mapping(self, bring: Brought) -> None:
        content, origin, rows = bring(HEADER + ROW, name="Render history.csv")
        assert content == (HEADER + ROW).encode()
        assert figures(rows) == THE_ROW
        assert rows.accepted["vendor"].to_list() == ["A Vendor"]
        assert dict(rows.accepted.schema) == dict(TOKEN_DAILY.schema)
        assert rows.rejected.is_empty()
        assert origin == Provenance(
            source="import",
            entity="token_daily",
            dataset="a-vendor/Render-history",
            title="Daily closes, market caps and volumes (Render-history.csv)",
            url="",
            producer="A Vendor",
            citation="A Vendor, daily history",
            licence="facts, cited",
            media_type="text/csv",
            retrieved_at=NOW,
            known_at=KnownAt(day=date(2026, 11, 23)),
            mapping="",
        )
        assert Provenance.from_fields(origin.to_fields()) == origin

    @pytest.mark.parametrize(
        "content",
        [
            b"\xef\xbb\xbf" + (HEADER + ROW).encode(),
            (HEADER + ROW).replace("\n", "\r\n").encode(),
            (HEADER + ROW).replace("\n", "\r").encode(),
            ("\n" + HEADER + "\n\n" + ROW.rstrip("\n")).encode(),
            (HEADER.replace(",", " , ") + ROW.replace(",", " , ")).encode(),
            (HEADER + ROW.replace("11.11", '"11.11"')).encode(),
        ],
        ids=["BOM", "CRLF", "CR", "blank lines, no end", "spaces", "quotes"],
    )
    def test_the_same_table_written_otherwise(self, bring: Brought, content: bytes) -> None:
        _, _, rows = bring(content)
        assert figures(rows) == THE_ROW

    def test_order_and_optional_columns_are_free(self, bring: Brought) -> None:
        _, _, rows = bring("close_usd,coin_id,price_date\n11.11,render-token,2024-03-26\n")
        assert figures(rows) == [("render-token", date(2024, 3, 26), 11.11, None, None)]

    def test_another_separator_is_declared(self, bring: Brought) -> None:
        text = (HEADER + ROW).replace(",", ";").replace("11.11", "11,11")
        with pytest.raises(UsageError, match='say separator = ";" in the mapping'):
            bring(text)
        mapping = """
            separator = ";"
            [columns]
            coin_id = "coin_id"
            price_date = "price_date"
            close_usd = { column = "close_usd", number = "1.234,56" }
            market_cap_usd = "market_cap_usd"
            volume_usd = "volume_usd"
        """
        assert figures(bring(text, mapping)[2]) == THE_ROW

    @pytest.mark.parametrize(
        ("content", "finding"),
        [
            (b"", "is empty"),
            (b" \r\n\n", "is empty"),
            (HEADER.encode() + b"caf\xe9,2024-03-26,1,,\n", r"is not UTF-8 \(line 2\).*iconv"),
            ((HEADER + ROW).encode("utf-16"), "is UTF-16"),
            (b"\x1f\x8b\x08\x00", "is compressed; unpack it first"),
            (b"PK\x03\x04\x14", "is a zip archive or an Excel workbook"),
            (b' [{"coin_id": "x"}]', "is JSON"),
            (
                (HEADER + '"x,2024-03-26,1,,\n').encode(),
                r"is no readable CSV file: line 2: .*quotation mark",
            ),
            (b"PAR1PAR1", "is no readable Parquet file"),
            (b"PAR1" + bytes(100) + b"PAR1", "is no readable Parquet file"),
        ],
    )
    def test_what_is_no_table_is_refused(
        self, bring: Brought, content: bytes, finding: str
    ) -> None:
        with pytest.raises(UsageError, match=rf"own\.csv: {finding}"):
            bring(content)

    def test_header_alone_is_no_data(self, bring: Brought) -> None:
        with pytest.raises(QualityError, match=r"has a header and no rows; nothing was imported"):
            bring(HEADER)

    def test_no_file_and_no_mapping_are_named_together(self, bring: Brought) -> None:
        with pytest.raises(UsageError) as caught:
            read(
                bring.folder,
                kind="token_dayly",
                producer=" ",
                citation="a\nb",
                licence="\udcff",
                published=date(2026, 11, 24),
                mapping=bring.folder / "none.toml",
                url="javascript:x",
                now=NOW,
            )
        assert str(caught.value).splitlines() == [
            "--source: is empty; it is printed beside every figure of the file",
            "--citation: holds characters that cannot be printed",
            "--licence: holds characters that cannot be printed",
            "--kind: is 'token_dayly' (did you mean 'token_daily'?)",
            "--published: 2026-11-24 lies in the future",
            "--url: is no web address (https://…)",
            f"{bring.folder}: is no file; give one CSV or Parquet file",
            f"{bring.folder / 'none.toml'}: No such file or directory",
        ]
        with pytest.raises(UsageError, match=r"none\.csv: No such file"):
            read(bring.folder / "none.csv", mapping=None, **SAID)

    def test_findings_of_a_mapping_name_its_file(self, bring: Brought) -> None:
        with pytest.raises(UsageError, match=r"own\.toml: columns\.coin_id: is missing"):
            bring(HEADER + ROW, "[columns]\nprice_date = 'price_date'\nclose_usd = 'close_usd'")

    def test_unknown_columns_ask_for_a_mapping(self, bring: Brought) -> None:
        with pytest.raises(UsageError) as caught:
            bring("coin_id,date,close_usd\nx,2024-03-26,1\n")
        assert str(caught.value).splitlines() == [
            f"{bring.folder / 'own.csv'}: has columns that capbrief does not know: 'date'; say in "
            "a mapping file which columns are which (it may leave columns out)",
            f"{bring.folder / 'own.csv'}: has no column 'price_date'",
        ]

    def test_wide_files_are_read_and_twice_named_columns_only_where_unused(
        self, bring: Brought
    ) -> None:
        names = ["day", "day", "id", "price", *(f"x{n}" for n in range(296))]
        row = ["2024-03-26", "2024-03-27", "render-token", "11.11", *["0"] * 296]
        text = ",".join(names) + "\n" + ",".join(row) + "\n"
        mapping = "[columns]\ncoin_id = 'id'\nprice_date = 'day'\nclose_usd = 'price'"
        with pytest.raises(UsageError, match="column 'day' is there 2 times"):
            bring(text, mapping)
        with pytest.raises(UsageError, match="'x0' and 295 more"):
            bring(text.replace("day,day", "a,b", 1))
        _, _, rows = bring(
            text.replace("day,day,id", "day,id,id", 1).replace("id,id", "x0,id"), mapping
        )
        assert rows.accepted["close_usd"].to_list() == [11.11]


def many(*rows: str) -> str:
    """Enough good rows that a few bad ones among them are tolerated, then these."""
    good = [f"good-{n},2024-03-26,1,," for n in range(200)]
    return HEADER + "\n".join([*good, *rows]) + "\n"


class TestRows:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (",2024-03-26,1,,", "coin_id: is required"),
            ("x,,1,,", "price_date: is required"),
            ("x,2024-03-26, ,,", "close_usd: is required"),
            ("x,2024-03-26,0,,", "close_usd: is not above 0"),
            ("x,2024-03-26,-1,,", "close_usd: is not above 0"),
            ("x,2024-03-26,1e400,,", "close_usd: is no finite number"),
            ("x,2024-03-26,NaN,,", "close_usd: is no finite number"),
            ("x,2024-03-26,1,-1,", "market_cap_usd: is below 0"),
            ("x,2024-03-26,1,,n/a", "volume_usd: is no finite number"),
            ("x,26.03.2024,1,,", "price_date: is no day written as %Y-%m-%d"),
            ("x,2026-11-23,1,,", "price_date: was not over when the file was imported"),
            ("=cmd|' /C calc'!A0,2024-03-26,1,,", "coin_id: is no id in lower case"),
            ("\x1b[31m\x00,2024-03-26,1,,", "coin_id: is no id in lower case"),
            ("x,2024-03-26,1,,,", "has 6 fields where the header has 5"),
            ("x,2024-03-26,1", "has 3 fields where the header has 5"),
            ("x", "has 1 field where the header has 5"),
            ("X,2024-03-32,?,,", "coin_id: is no id .*; price_date: .*; close_usd: is no finite"),
        ],
    )
    def test_a_row_that_cannot_be_taken_is_set_aside(
        self, bring: Brought, row: str, reason: str
    ) -> None:
        _, _, rows = bring(many(row))
        assert len(rows.accepted) == 200
        assert rows.rejected["row_number"].to_list() == [201]
        assert rows.rejected["reason"].str.contains(f"^{reason}").to_list() == [True]

    def test_what_is_set_aside_is_kept_as_it_was(self, bring: Brought) -> None:
        _, _, rows = bring(many('"a ""b""\n\x07",2024-03-26,=1+1,,'))
        kept = rows.rejected["row_json"].str.json_decode(
            pl.Struct({"coin_id": pl.String(), "close_usd": pl.String(), "volume_usd": pl.String()})
        )
        assert kept.to_list() == [
            {"coin_id": 'a "b"\n\x07', "close_usd": "=1+1", "volume_usd": None}
        ]

    def test_zero_is_kept_unless_it_means_unknown(self, bring: Brought) -> None:
        text = HEADER + "x,2024-03-26,1,0,0\n"
        assert bring(text)[2].accepted.row(0)[3:5] == (0.0, 0.0)
        mapping = """
            [columns]
            coin_id = "coin_id"
            price_date = "price_date"
            close_usd = "close_usd"
            market_cap_usd = { column = "market_cap_usd", zero = "unknown" }
            volume_usd = "volume_usd"
        """
        assert bring(text, mapping)[2].accepted.row(0)[3:5] == (None, 0.0)

    def test_the_same_row_twice_counts_once_and_contradictions_not_at_all(
        self, bring: Brought
    ) -> None:
        same, other = "x,2024-03-26,2,,", "y,2024-03-26,{},,"
        _, _, rows = bring(many(same, other.format(2), same, other.format(3), other.format(2)))
        assert rows.accepted.filter(pl.col("coin_id").is_in(["x", "y"]))["coin_id"].to_list() == [
            "x"
        ]
        assert rows.rejected["row_number"].to_list() == [202, 204, 205]
        assert rows.rejected["reason"].unique().to_list() == [
            "coin_id: is in the file more than once for its day, with different figures"
        ]

    def test_a_twentieth_may_be_set_aside_and_no_more(self, bring: Brought) -> None:
        good = [f"good-{n},2024-03-26,1,," for n in range(95)]
        bad = [f"bad-{n},2024-03-26,{'9' * 400},," for n in range(6)]
        _, _, rows = bring(HEADER + "\n".join([*bad[:5], *good]))
        assert len(rows.rejected) == 5
        with pytest.raises(QualityError) as caught:
            bring(HEADER + "\n".join([*bad, *good]))
        lines = str(caught.value).splitlines()
        assert lines[0].endswith(
            "own.csv: 6 of 101 rows cannot be taken, and only 5% may be set aside; nothing was "
            "imported; correct the file or the mapping"
        )
        assert [line.partition(": {")[0] for line in lines[1:]] == [
            f"row {n}: close_usd: is no finite number" for n in range(1, 6)
        ]
        assert max(map(len, lines[1:])) < 250

    def test_a_rebuild_reads_the_same_rows_or_says_why_not(self, bring: Brought) -> None:
        content, origin, rows = bring(many("x,2026-11-23,1,,"))
        again = parse(TOKEN_DAILY, content, Provenance.from_fields(origin.to_fields()))
        assert_frame_equal(again.accepted, rows.accepted)
        assert_frame_equal(again.rejected, rows.rejected)
        with pytest.raises(SchemaError, match="is empty"):
            parse(TOKEN_DAILY, b"", origin)


class TestKnowledge:
    RULE = 'known_at = { column = "price_date", offset_days = 1 }'

    def test_a_publication_date_counts_for_all_rows(self, bring: Brought) -> None:
        _, origin, _ = bring(HEADER + ROW, published=date(2024, 3, 27))
        assert origin.known_at == KnownAt(day=date(2024, 3, 27))
        assert origin.published_at == datetime(2024, 3, 27, tzinfo=UTC)

    def test_a_rule_of_the_mapping_comes_before_it(self, bring: Brought) -> None:
        _, origin, _ = bring(HEADER + ROW, self.RULE, published=date(2024, 3, 1))
        assert origin.known_at == KnownAt(column="price_date", offset_days=1)
        assert origin.mapping == self.RULE

    def test_nothing_is_published_before_it_happened(self, bring: Brought) -> None:
        with pytest.raises(UsageError, match=r"--published: 2024-03-25 is not after .*2024-03-26"):
            bring(HEADER + ROW, published=date(2024, 3, 25))

    def test_nothing_is_known_that_will_only_be_known(self, bring: Brought) -> None:
        with pytest.raises(UsageError, match=r"will be known on 2026-11-24.*lower offset_days"):
            bring(
                HEADER + "x,2026-11-22,1,,\n",
                'known_at = { column = "price_date", offset_days = 2 }',
            )

"""dstack's catalogues: a zip of one CSV per provider, as gpuhunt writes them; sound and damaged."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipeline.errors import BadAnswerError, QualityError, SchemaError
from pipeline.extract import dstack
from pipeline.extract.documents import Document
from pipeline.form import FormError
from pipeline.provenance import Provenance
from pipeline.source import Rows

# In the order of gpuhunt's storage, which writes str() of each value, "" for None.
HEADER = (
    "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size,"
    "gpu_vendor,flags,cpu_arch,provider_data"
)
COLUMNS = HEADER.split(",")
SOUND = """
p5.48xlarge|us-east-1|55.04|192|2048.0|8|H100|80.0|False||nvidia||x86|{}
p5.48xlarge|us-east-1|24.9|192|2048.0|8|H100|80.0|True||nvidia||x86|{}
p4d.24xlarge|us-east-1|21.957642|96|1152.0|8|A100|40.0|False||nvidia||x86|{}
g6e.xlarge|eu-north-1|1.9908|4|32.0|1|L40S|44.7|False|250.0|nvidia||x86|{"zones": ["a", "b"]}
m5.large|us-east-1|0.096|2|8.0|0|||False||||x86|{}
c7g.large|us-east-1|0.0725|2|4.0|0|||True||||arm|{}
"""


def row(text: str, **changes: str) -> dict[str, str]:
    return {**dict(zip(COLUMNS, text.split("|"), strict=True)), **changes}


H100 = row(SOUND.splitlines()[1])


def written(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def packed(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def catalogue(*rows: Mapping[str, str]) -> bytes:
    found = rows or [row(line) for line in SOUND.splitlines() if line]
    return packed({"aws.csv": written(found)})


Origin = Callable[..., Provenance]


@pytest.fixture
def parse(origin: Origin) -> Callable[..., Rows]:
    def make(content: bytes, provider: str = "aws", entity: str = "offer") -> Rows:
        url = f"https://host/v3/{provider}/20261123-77/catalog.zip"
        found = replace(origin(f"catalog/{provider}/{entity}", entity), url=url)
        return dstack.ENTITIES[entity].parse(dstack.ENTITIES[entity], content, found)

    return make


def document(provider: str) -> Document:
    return next(one for one in dstack.DOCUMENTS if one.dataset == f"catalog/{provider}")


def test_offers_of_gpus_are_read_and_those_of_cpus_left_out(parse: Callable[..., Rows]) -> None:
    rows = parse(catalogue())
    assert rows.rejected.is_empty()
    assert rows.accepted.columns == list(dstack.OFFER.schema)
    assert rows.accepted.drop("flags").rows() == [
        ("aws", "p5.48xlarge", "us-east-1", "H100", 80.0, "SXM", 8.0, False, 55.04),
        ("aws", "p5.48xlarge", "us-east-1", "H100", 80.0, "SXM", 8.0, True, 24.9),
        ("aws", "p4d.24xlarge", "us-east-1", "A100", 40.0, "SXM", 8.0, False, 21.957642),
        ("aws", "g6e.xlarge", "eu-north-1", "L40S", 44.7, None, 1.0, False, 1.9908),
    ]


def test_the_size_of_a_catalogue_and_its_version_are_kept(parse: Callable[..., Rows]) -> None:
    [found] = parse(catalogue(), entity="catalogue").accepted.to_dicts()
    del found["asked_at"]
    assert found == {"provider": "aws", "version": "20261123-77", "n_rows": 6, "n_gpu_rows": 4}


def test_columns_are_found_in_any_order_and_new_ones_are_told(parse: Callable[..., Rows]) -> None:
    order = [*reversed(COLUMNS), "nvlink"]
    content = packed({"aws.csv": written([H100], order)})
    assert parse(content).accepted["usd_per_hour"].to_list() == [55.04]
    assert dstack.OFFER.new_fields is not None
    assert dstack.OFFER.new_fields(dstack.OFFER, content) == ["nvlink"]
    assert dstack.OFFER.new_fields(dstack.OFFER, catalogue()) == []


def test_equal_offers_count_once(parse: Callable[..., Rows]) -> None:
    assert len(parse(catalogue(H100, H100, {**H100, "price": "60"})).accepted) == 2


def test_memory_of_0_is_unknown(parse: Callable[..., Rows]) -> None:
    rows = parse(catalogue({**H100, "gpu_memory": "0"}))
    assert rows.accepted["gpu_memory_gb"].to_list() == [None]


def test_whole_numbers_may_have_a_point(parse: Callable[..., Rows]) -> None:
    assert parse(catalogue({**H100, "gpu_count": "8.0"})).accepted["gpu_count"].to_list() == [8]


@pytest.mark.parametrize("spot", ["True", "true", "TRUE"])
def test_spot_is_read_whatever_its_case(parse: Callable[..., Rows], spot: str) -> None:
    assert parse(catalogue({**H100, "spot": spot})).accepted["is_spot"].to_list() == [True]


BAD_CELLS = {
    "count missing": ({"gpu_count": ""}, "gpu_count: is required"),
    "count 0": ({"gpu_count": "0"}, "gpu_count: not a whole number from 1 on"),
    "count of parts": ({"gpu_count": "0.5"}, "gpu_count: not a whole number from 1 on"),
    "count nameless": ({"gpu_name": ""}, "gpu_name: is required"),
    "price grouped": ({"price": "1,234"}, "price: not a plain number of USD above 0"),
    "price unknown": ({"price": "N/A"}, "price: not a plain number of USD above 0"),
    "price negative": ({"price": "-55"}, "price: not a plain number of USD above 0"),
    "price NaN": ({"price": "nan"}, "price: not a plain number of USD above 0"),
    "price inf": ({"price": "inf"}, "price: not a plain number of USD above 0"),
    "price 0": ({"price": "0"}, "price: not a plain number of USD above 0"),
    "price 0.0": ({"price": "0.0"}, "price: not a plain number of USD above 0"),
    "price missing": ({"price": ""}, "price: is required"),
    "price in cents": (
        {"price": "5504"},
        "price: 688.0 USD per hour of one H100 is not from 0.2 to 25",
    ),
    "price of all for one": (
        {"gpu_count": "1"},
        "price: 55.04 USD per hour of one H100 is not from 0.2 to 25",
    ),
    "spot a number": ({"spot": "1"}, "spot: not True or False"),
    "spot missing": ({"spot": ""}, "spot: is required"),
    "location missing": ({"location": ""}, "location: is required"),
}


@pytest.mark.parametrize("name", BAD_CELLS)
def test_a_row_that_does_not_fit_is_set_aside(parse: Callable[..., Rows], name: str) -> None:
    changes, reason = BAD_CELLS[name]
    rows = parse(catalogue(H100, row(SOUND.splitlines()[5]), {**H100, **changes}))
    assert len(rows.accepted) == 1
    # The CPU row stands between them, and its number is not used up.
    assert rows.rejected.select("row_number", "reason").rows() == [(3, reason)]


@pytest.mark.parametrize("column", ["price", "gpu_count", "gpu_name", "spot", "location"])
def test_a_column_that_vanished_is_refused(parse: Callable[..., Rows], column: str) -> None:
    content = packed({"aws.csv": written([H100], [name for name in COLUMNS if name != column])})
    with pytest.raises(SchemaError, match=f"has no column '{column}'"):
        parse(content)
    with pytest.raises(SchemaError, match=f"has no column '{column}'"):
        parse(content, entity="catalogue")


def bomb() -> bytes:
    return packed({"aws.csv": b",".join(name.encode() for name in COLUMNS) + b"\n" * 80_000_000})


def shortened(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    """One bit of the packed data is another: the checksum says so."""
    start = 30 + struct.unpack("<H", content[26:28])[0]
    place = start + 20
    return content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :]


BAD_ARCHIVES: Mapping[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "page": lambda: b"<!doctype html><title>Access denied</title>",
    "error of the store": lambda: b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
    "cut": lambda: shortened(catalogue()),
    "bit flipped": lambda: flipped(catalogue()),
    "bomb": bomb,
    "member missing": lambda: packed({}),
    "member renamed": lambda: packed({"catalog.csv": written([H100])}),
    "member of another": lambda: packed({"gcp.csv": written([H100])}),
    "member in a folder": lambda: packed({"out/aws.csv": written([H100])}),
    "page in the archive": lambda: packed({"aws.csv": b"<html><body>down</body></html>"}),
    "member empty": lambda: packed({"aws.csv": b""}),
    "member no text": lambda: packed({"aws.csv": b"PAR1\xff\xfe\x00PAR1"}),
    "member Parquet": lambda: packed({"aws.csv": b"PAR1 PAR1"}),
    "quotation mark open": lambda: packed({"aws.csv": written([H100]) + b'"x,1\n'}),
}


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_an_archive_that_is_none_is_refused(parse: Callable[..., Rows], name: str) -> None:
    content = BAD_ARCHIVES[name]()
    for entity in dstack.ENTITIES:
        with pytest.raises(SchemaError) as caught:
            parse(content, entity=entity)
        assert "\n" not in str(caught.value)


# --- Two requests --------------------------------------------------------------------------------


def test_the_version_names_the_archive_and_only_that_is_kept(host: Any) -> None:
    host.answers = {
        "v3/aws/version": b"20261123-77\n",
        "v3/aws/20261123-77/catalog.zip": catalogue(),
    }
    fetch = document("aws").fetch
    assert fetch is not None
    [answer] = fetch(host)
    assert answer.content == catalogue()
    assert [path for path, _ in host.asked] == [*host.answers]


@pytest.mark.parametrize(
    "line",
    [
        b"../../other-bucket",
        b"..",
        b".",
        b"a/../b",
        b"a..b",
        b"a/b",
        b"%2e%2e",
        b"x?list-type=2",
        b"v1 v2",
        b"-rf",
        "v\u200b1".encode(),
        b"1" * 65,
    ],
)
def test_a_version_that_is_none_leads_nowhere(host: Any, line: bytes) -> None:
    host.answers = {"v3/aws/version": line}
    fetch = document("aws").fetch
    assert fetch is not None
    with pytest.raises(BadAnswerError, match="is no name of a version"):
        fetch(host)
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    "line", [b"<html><body>Sign in</body></html>", b"", b"1\n2", b"\xff\xfe1", b"1" * 201]
)
def test_an_answer_that_is_no_line_is_no_version(host: Any, line: bytes) -> None:
    host.answers = {"v3/aws/version": line}
    fetch = document("aws").fetch
    assert fetch is not None
    with pytest.raises(FormError):
        fetch(host)
    assert len(host.asked) == 1


@pytest.mark.parametrize("version", ["20261123-77", "2026-11-23", "v3.1.0", "a", "1700000000"])
def test_versions_are_taken_as_they_are_written(version: str) -> None:
    assert dstack.version_flaw(version) is None


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        ({"catalog.csv": written([H100])}, "holds no file 'aws.csv'"),
        ({"aws.csv": written([H100], COLUMNS[:5])}, "has no column 'gpu_count'"),
        ({"aws.csv": b"<html>"}, "its file 'aws.csv' is a page for people"),
    ],
)
def test_an_archive_is_looked_at_before_it_counts_as_an_answer(
    host: Any, files: dict[str, bytes], finding: str
) -> None:
    host.answers = {"v3/aws/version": b"1", "v3/aws/1/catalog.zip": packed(files)}
    fetch = document("aws").fetch
    assert fetch is not None
    with pytest.raises(BadAnswerError, match=finding):
        fetch(host)


# --- Beside the catalogue before -----------------------------------------------------------------


def offers(factor: float = 1, *, models: Sequence[str] = ("H100", "A100", "L4", "T4")) -> bytes:
    prices = {"H100": 4.0, "A100": 2.0, "L4": 0.7, "T4": 0.4}
    rows = []
    for name, price in prices.items():
        usd = price * (factor if name in models else 1)
        rows.append({**H100, "gpu_name": name, "gpu_count": "1", "price": str(usd)})
    return catalogue(*rows)


@pytest.fixture
def review(parse: Callable[..., Rows], past: Any) -> Callable[..., None]:
    def make(before: bytes, after: bytes) -> None:
        past.brought = {"catalog/aws/offer": [before]}
        judge = document("aws").review
        assert judge is not None
        judge(past, [parse(after), parse(after, entity="catalogue")])

    return make


@pytest.mark.parametrize("factor", [1.4, 0.7])
def test_markets_move(review: Callable[..., None], factor: float) -> None:
    review(offers(), offers(factor))


@pytest.mark.parametrize("factor", [5, 0.4])
def test_medians_that_move_by_over_half_are_refused(
    review: Callable[..., None], factor: float
) -> None:
    with pytest.raises(QualityError, match="4 of 4 medians of USD per GPU-hour moved by over half"):
        review(offers(), offers(factor))
    with pytest.raises(QualityError, match="2 of 4 medians"):
        review(offers(), offers(factor, models=("L4", "T4")))


def test_one_model_may_move_by_itself(review: Callable[..., None]) -> None:
    review(offers(), offers(3, models=("L4",)))


def test_most_models_may_not_vanish_at_once(review: Callable[..., None]) -> None:
    models = [{**H100, "gpu_name": name} for name in ("H100", "H200", "H800", "H20")]
    review(catalogue(*models), catalogue(*models[:2]))
    with pytest.raises(QualityError, match="3 of 4 models are gone: H20; H200; H800"):
        review(catalogue(*models), catalogue(*models[:1]))
    # Of two, one is few.
    review(catalogue(*models[:2]), catalogue(*models[:1]))


def test_a_level_that_lasts_is_the_price(
    review: Callable[..., None], past: Any, parse: Callable[..., Rows]
) -> None:
    past.brought = {"catalog/aws/offer": [offers()]}
    judge = document("aws").review
    assert judge is not None
    size = parse(offers(5), entity="catalogue")
    later = size.accepted.with_columns(pl.col("asked_at") + pl.duration(days=8))
    judge(past, [parse(offers(5)), Rows(later, size.rejected)])


def test_spot_and_on_demand_are_compared_apart(review: Callable[..., None]) -> None:
    spot = [{**H100, "spot": "True", "price": "20", "gpu_name": name} for name in ("H100", "H200")]
    base = [{**H100, "gpu_name": name} for name in ("H100", "H200")]
    # Four spot offers more pull any common median down, and change neither.
    review(catalogue(*base), catalogue(*base, *spot))


def test_a_catalogue_without_a_price_on_demand_is_refused(
    parse: Callable[..., Rows], past: Any
) -> None:
    judge = document("aws").review
    assert judge is not None
    for rows in ([{**H100, "spot": "True"}], [row(SOUND.splitlines()[5])]):
        content = catalogue(*rows)
        with pytest.raises(QualityError, match="has no price of a GPU on demand"):
            judge(past, [parse(content), parse(content, entity="catalogue")])


def test_every_provider_has_its_document() -> None:
    assert [one.dataset for one in dstack.DOCUMENTS] == [
        f"catalog/{name}" for name in dstack.PROVIDERS
    ]
    assert all(one.calls == 2 and one.is_observation for one in dstack.DOCUMENTS)
    assert "not stated" in dstack.PUBLISHER.licence

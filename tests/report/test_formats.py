"""Numbers, dates and sentences as text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from pipeline.errors import DefinitionError
from pipeline.report import formats
from pipeline.report.formats import significant, written, written_range
from pipeline.report.language import Language
from pipeline.report.sentences import fields, fill, is_known

SPACE = "\u00a0"
MINUS = "\u2212"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("count", 1234567, "1,234,567"),
        ("count", -1234.5, f"{MINUS}1,234"),
        ("count", 0, "0"),
        ("number2", 0.125, "0.12"),  # half to even
        ("number2", 0.375, "0.38"),
        ("price", 0.0205904, "0.021"),
        ("bn", Decimal("43044672751.00"), "43.0"),
        ("usd_bn", 43.04e9, f"USD{SPACE}43.0{SPACE}bn"),
        ("usd2", 178.7, f"USD{SPACE}178.70"),
        ("million", 15.254e6, f"15.3{SPACE}million"),
        ("pct", 0.864, "86%"),
        ("percent", 0.864, "86.4"),
        ("percent_sig2", 0.1664, "17"),
        ("percent_sig2", 4.527, "450"),
        ("percent_sig2", 0.00204, "0.20"),
        ("change", 0.5063, "+50.6%"),
        ("change", -0.042, f"{MINUS}4.2%"),
        ("change", -0.0001, "0.0%"),
        ("change0", 0.7, "+70%"),
        ("moved", 0.1032, "rose 10.3%"),
        ("moved", -0.1032, "fell 10.3%"),
        ("moved", 0.0001, "did not move"),
        ("moved0", 0.703, "rose 70%"),
        ("moved0", -0.0034, "fell 0.3%"),
        ("moved0", 0.0001, "did not move"),
        ("points", 0.35, f"+35{SPACE}percentage points"),
        ("sig2", 713333.3, "710,000"),
        ("sig2", 0.0995, "0.10"),
        ("sig2", 7, "7.0"),
        ("sig3", 4211.3, "4,210"),
        ("short", 5.0, "5"),
        ("short", 2.5154, "2.52"),
        ("plain", 9.894e14, "9.89 × 10¹⁴"),
        ("plain", 0.3410852713, "0.3411"),
        ("flop", 1.08e25, "1.08 × 10²⁵"),
        ("flop", 0.00123, "1.23 × 10⁻³"),
        ("about", 87689.3, "88,000"),
        ("about", 1816372.0, f"1.8{SPACE}million"),
        ("about", 24400427.0, f"24{SPACE}million"),
        ("about", 1.2e9, f"1.2{SPACE}billion"),
        ("words", 9, "nine"),
        ("words", 19, "19"),
        ("date", dt.date(2024, 3, 26), f"26{SPACE}March 2024"),
        ("date_short", dt.date(2024, 3, 26), "26 Mar 2024"),
        ("month", dt.date(2024, 3, 26), "March 2024"),
        ("quarter", dt.date(2024, 3, 31), f"Q1{SPACE}2024"),
        ("moment", dt.datetime(2024, 4, 3, 23, 59), "3 April 2024, 23:59 UTC"),
        ("yes", True, "yes"),
        ("text", "Epoch AI", "Epoch AI"),
    ],
)
def test_closed_cases(name: str, value: object, text: str, english: Language) -> None:
    assert written(name, value, english) == text


@pytest.mark.parametrize("name", sorted(formats.FORMATS))
def test_null_is_missing_and_never_zero(name: str, english: Language) -> None:
    assert written(name, None, english) == "n/a"
    assert written(name, None, english, missing="–") == "–"


@pytest.mark.parametrize("value", [1e300, -(10**38), Decimal(10) ** 37])
def test_a_number_of_too_many_digits_is_told(value: float | Decimal, english: Language) -> None:
    with pytest.raises(DefinitionError, match=r"format count does not take .*: too many digits"):
        written("count", value, english)


@pytest.mark.parametrize("name", sorted(formats.FORMATS))
def test_the_language_of_the_machine_is_not_asked(
    name: str, english: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("babel.dates.LC_TIME", "xx_YY")
    monkeypatch.setattr("babel.numbers.LC_NUMERIC", "xx_YY")
    values = (dt.datetime(2024, 3, 26, tzinfo=dt.UTC), True, 2.5, "text")
    [*_, value] = (each for each in values if isinstance(each, formats.FORMATS[name].accepts))
    written(name, value, english)


@pytest.mark.parametrize("digits", [1, 2, 3, 4])
@pytest.mark.parametrize("value", [1e-7, 0.0999, 0.5, 1, 9.995, 123456.789, 6.02e23, -42.42])
def test_significant_figures_are_near_and_few(value: float, digits: int) -> None:
    rounded = significant(value, digits)
    assert len(rounded.normalize().as_tuple().digits) <= digits
    assert abs(float(rounded) - value) <= 0.5 * 10 ** (1 - digits) * abs(value) * 1.0001


@pytest.mark.parametrize(
    ("name", "low", "high", "text"),
    [
        ("count", 390, 540, "390–540"),
        ("usd_bn", 21.6e9, 25e9, f"USD{SPACE}21.6–25.0{SPACE}bn"),
        ("million", 15.3e6, 38.1e6, f"15.3–38.1{SPACE}million"),
        ("about", 1.7e6, 2.3e6, f"1.7–2.3{SPACE}million"),
        ("about", 980, 1.2e6, f"980 to 1.2{SPACE}million"),
        ("change", -0.1, 0.2, f"{MINUS}10.0 to +20.0%"),
        ("sig2", 250.455, 250.1, "250"),
        ("count", None, 540, "n/a"),
    ],
)
def test_ranges_say_the_unit_once(
    name: str, low: object, high: object, text: str, english: Language
) -> None:
    assert written_range(name, low, high, english) == text


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("usd_bn", "a lot", "format usd_bn does not take a str"),
        ("count", True, "format count does not take a bool"),
        ("date", 3, "format date does not take a int"),
        ("count", float("nan"), "format count does not take nan"),
        ("count", float("inf"), "format count does not take inf"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(
    name: str, value: object, reason: str, english: Language
) -> None:
    with pytest.raises(DefinitionError) as caught:
        written(name, value, english)
    assert str(caught.value) == reason


def test_a_sentence_takes_its_numbers_from_named_queries(english: Language) -> None:
    facts = {"market": {"cap": 43e9, "low": 1e6, "high": 2e6, "gone": None}}
    text = "Worth {market.cap:usd_bn}, {market.low..high:about}, {market.gone:count} {{so}}."
    assert fill(text, facts, english) == (
        f"Worth USD{SPACE}43.0{SPACE}bn, 1.0–2.0{SPACE}million, n/a {{so}}."
    )
    assert [field.columns for field in fields(text)] == [("cap",), ("low", "high"), ("gone",)]
    assert not is_known(text, facts)
    assert is_known("Worth {market.cap:usd_bn}.", facts)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("{market.cap", "expected '}' before end of string (write {{ and }} for braces)"),
        ("{cap:usd_bn}", "{cap} is not of the form {query.column:format}"),
        ("{market.cap!r:usd_bn}", "{market.cap} is not of the form {query.column:format}"),
        ("{0.__class__:usd_bn}", "{0.__class__:usd_bn}"),
        ("{market.cap:dollars}", "{market.cap:dollars} names no known format; known are about,"),
    ],
)
def test_a_broken_sentence_says_what_is_wrong(text: str, start: str, english: Language) -> None:
    with pytest.raises(DefinitionError) as caught:
        fields(text) if "__class__" not in text else fill(text, {"0": {}}, english)
    if "__class__" in text:
        assert str(caught.value) == "query 0 has no column __class__; it has "
    else:
        assert str(caught.value).startswith(start)


def test_what_hides_in_a_name_becomes_visible(english: Language) -> None:
    hostile = "safe\u202egnp.exe\u200b\x00\ud800 é"
    assert written("text", hostile, english) == "safe□gnp.exe□□□ é"

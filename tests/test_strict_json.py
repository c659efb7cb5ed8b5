"""Strict JSON: what is taken, and what is refused (faults F25 and F26)."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.strict_json import JsonError, decode


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"null", None),
        (b' \r\n\t[1, -0, 1.5, 5.6366e-11, true, ""] ', [1, 0, 1.5, 5.6366e-11, True, ""]),
        ('{"größe": "\N{SNOWMAN}\\u2603\\ud83d\\ude00"}'.encode(), {"größe": "☃☃😀"}),
        (b"999999999999999999", 10**18 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"9223372036854775807", 2**63 - 1),
        (b"[" * 64 + b"]" * 64, json.loads("[" * 64 + "]" * 64)),
        (b'{"a": {"a": 1}, "b": {"a": 1}}', {"a": {"a": 1}, "b": {"a": 1}}),
    ],
)
def test_what_the_standard_allows_is_taken(content: bytes, value: object) -> None:
    assert decode(content) == value


@pytest.mark.parametrize("content", [b"9223372036854775808", b"-9223372036854775809", b"1" * 300])
def test_f25_integers_beyond_64_bits_are_floats(content: bytes) -> None:
    found = decode(content)
    assert isinstance(found, float)
    assert found == float(content)


def test_f25_a_negative_zero_keeps_its_sign() -> None:
    assert math.copysign(1, decode(b"-0.0")) == -1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is broken at character 0"),
        (b"NaN", "holds NaN, which is no number"),
        (b'{"a": [-Infinity]}', "holds -Infinity"),
        (b"1e400", "has a number beyond float64"),
        (b"[-1E+999]", "has a number beyond float64"),
        (b"1" * 400, "has a number beyond float64"),
        (b"-" + b"1" * 1_000_000, "has a number beyond float64"),
        (b'{"a": 1, "a": 1}', "has a key twice in one object"),
        (b'[{"x": {"a": 1, "\\u0061": 2}}]', "has a key twice in one object"),
        (b"\xef\xbb\xbf{}", "begins with a byte order mark"),
        (b"[1]]", "is broken at character 3"),
        (b"[1]\x00", "is broken at character 3"),
        (b"[1,]", "is broken at character"),
        (b"{'a': 1}", "is broken at character 1"),
        (b'["a\nb"]', "is broken at character 3"),
        (b"[01]", "is broken at character 2"),
        (b"\xff\xfe[\x001\x00]\x00", "is not UTF-8 at byte 0"),
        (b'["\xe9"]', "is not UTF-8 at byte 2"),
        (b'["\xed\xa0\x80"]', "is not UTF-8 at byte 2"),
        (b"[" * 65 + b"]" * 65, "is nested more than 64 levels deep"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "is nested more than 64 levels deep"),
        (b"[" * 200_000 + b"]" * 200_000, "is nested more than 64 levels deep"),
        (b'{"a":' * 200_000, "is nested more than 64 levels deep"),
    ],
)
def test_f25_f26_what_cannot_be_trusted_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(JsonError) as caught:
        decode(content)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb'"\ud800"', "\ufffd"),
        (rb'"a\uDC00\ud800b"', "a\ufffd\ufffdb"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (rb'"\\ud800"', r"\ud800"),
        (rb'"\\\ud800"', "\\\ufffd"),
        (rb'"\n\ud800\u0041"', "\n\ufffdA"),
    ],
)
def test_f38_half_a_character_cannot_break_what_stores_text(content: bytes, text: str) -> None:
    assert decode(content) == text
    decode(content).encode()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.booleans())
def test_what_is_written_is_read_back(value: Any, escaped: bool) -> None:
    assert decode(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.binary() | st.text(alphabet='[]{}",:\\u0dDnt e1-.').map(str.encode))
def test_any_bytes_are_a_value_or_a_reason(content: bytes) -> None:
    try:
        decode(content)
    except JsonError:
        return


def test_hostile_text_takes_no_quadratic_time() -> None:
    started = time.monotonic()
    for content in (
        b'"' + rb"\ud800" * 300_000 + b'"',
        b"[" + b"1" * 3_000_000,
        b'"' + b"\\" * 10**6,
    ):
        try:
            decode(content)
        except JsonError:
            continue
    assert time.monotonic() - started < 10

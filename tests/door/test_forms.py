"""Answers that are no JSON: asked for as what they are, judged by their bytes and their gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import BadAnswerError
from pipeline.form import CSV, LINE, ZIP, Form
from tests.door.conftest import Host, reply  # noqa: TID251 - its vocabulary
from tests.test_form import PAGE, zipped  # noqa: TID251 - the same bytes

if TYPE_CHECKING:
    from tests.door.conftest import Opener  # noqa: TID251 - for its types only


def test_a_csv_is_had_as_its_bytes(host: Host, opener: Opener) -> None:
    host.says(reply(b"Name,Price\nA,1\n", Content_Type="text/csv; charset=utf-8"))
    answer = opener(host.url)(["a.csv"], {}, gate=lambda _: None, form=CSV)
    assert (answer.content, answer.value) == (b"Name,Price\nA,1\n", ["Name", "Price"])
    assert answer.media_type == "text/csv"
    assert b"accept: text/csv, text/plain" in host.requests[0].lower()


def test_an_archive_is_kept_as_it_came(host: Host, opener: Opener) -> None:
    packed = zipped(("a.csv", b"x\n1\n"))
    host.says(reply(packed, Content_Type="application/zip"))
    answer = opener(host.url)(["a.zip"], {}, gate=lambda _: None, form=ZIP)
    assert (answer.content, answer.value) == (packed, {"a.csv": b"x\n1\n"})


@pytest.mark.parametrize(
    ("form", "body", "kind", "said"),
    [
        (CSV, PAGE, "text/html", "is not CSV but text/html"),
        (CSV, PAGE, "text/csv", "is a page for people, not data"),
        (LINE, PAGE, "text/plain", "is a page for people, not data"),
        (ZIP, PAGE, "application/zip", "is no whole zip archive"),
        (CSV, b"", "text/csv", "is empty"),
        (CSV, b'{"error": "gone"}', "application/json", "is not CSV but application/json"),
    ],
)
def test_what_is_not_what_was_asked_for_is_asked_for_once_more_and_refused(
    host: Host, opener: Opener, form: Form, body: bytes, kind: str, said: str
) -> None:
    host.says(reply(body, Content_Type=kind))
    with pytest.raises(BadAnswerError, match=said):
        opener(host.url)(["x"], {}, gate=lambda _: None, form=form)
    assert host.connections == 2


def test_a_gate_judges_columns(host: Host, opener: Opener) -> None:
    host.says(reply(b"Name\nA\n", Content_Type="text/csv"))
    with pytest.raises(BadAnswerError, match="the answer has no price"):
        opener(host.url)(["x"], {}, gate=lambda _: "has no price", form=CSV)

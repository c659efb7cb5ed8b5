"""Secrets show themselves only to who asks for them by name (fault F81)."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict
from pathlib import Path

import pytest

from pipeline.secret import Secret, redacted
from pipeline.settings import CoinGecko, Settings

KEY = "CG-canary7Qx"


@pytest.fixture
def settings() -> Settings:
    return Settings(Path("/d"), Path("/s"), coingecko=CoinGecko(plan="demo", key=Secret(KEY)))


def test_a_secret_is_told_on_demand_only() -> None:
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>9}", "%s" % secret):  # noqa: UP031
        assert shown.strip() == "***"


def test_what_holds_a_secret_shows_none(settings: Settings) -> None:
    record = logging.LogRecord("n", 10, "p", 1, "%s %r", (settings, settings.secrets), None)
    shown = [
        repr(settings),
        str(asdict(settings)),
        json.dumps(asdict(settings), default=str),
        record.getMessage(),
        pickle.dumps(settings).decode("latin-1"),
        repr(copy.deepcopy(settings)),
    ]
    assert [text for text in shown if "canary" in text] == []
    assert all("***" in text for text in shown)


def test_a_traceback_shows_none(settings: Settings) -> None:
    try:
        raise ValueError(settings)
    except ValueError as error:
        caught = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert "canary" not in "".join(caught.format())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://hooks.example/T0/canary7Qx", "url: /*** (refused)"),
        ("https://hooks.example/ping", "url: /ping (refused)"),
    ],
)
def test_of_a_secret_address_its_path_is_hidden_by_itself(address: str, shown: str) -> None:
    path = address.removeprefix("https://hooks.example")
    assert redacted(f"url: {path} (refused)", [Secret(address)]) == shown
    assert redacted(f"POST {address}/start", [Secret(address)]) == "POST ***/start"


def test_secrets_have_no_dictionary_to_look_into() -> None:
    assert not hasattr(Secret(KEY), "__dict__")


def test_secrets_compare_by_what_they_hold() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret("other")
    assert Secret(KEY) != KEY
    assert len({Secret(KEY), Secret(KEY)}) == 1


def test_a_fingerprint_tells_two_apart_and_gives_none_away() -> None:
    marks = {Secret(key).fingerprint for key in (KEY, KEY + "x")}
    assert len(marks) == 2
    assert all(len(mark) == 12 and KEY not in mark for mark in marks)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"key {KEY} and {KEY}", "key *** and ***"),
        ("https://h/p?x_cg_demo_api_key=CG-other&a=1", "https://h/p?x_cg_demo_api_key=***&a=1"),
        ("?X-CG-PRO-API-KEY=abc def", "?X-CG-PRO-API-KEY=*** def"),
        ("x_cg_pro_api_key%3Dabc", "x_cg_pro_api_key%3D***"),
        ("{'x-cg-demo-api-key': 'abc'}", "{'x-cg-demo-api-key': '***'}"),
        ("nothing here", "nothing here"),
    ],
)
def test_redaction(text: str, clean: str) -> None:
    assert redacted(text, [Secret(KEY), Secret("")]) == clean


def test_a_secret_is_hidden_in_every_form_of_an_address() -> None:
    secret = Secret("a+b/c d")
    texts = ("a+b/c d", "a%2Bb%2Fc%20d", "a%2bb%2fc%20d", "a%2Bb/c%20d", "a%2Bb%2Fc+d")
    assert [redacted(f"<{text}>", [secret]) for text in texts] == ["<***>"] * len(texts)
    assert redacted("/q/d/l/?s=amd.us&apikey=other", []) == "/q/d/l/?s=amd.us&apikey=***"

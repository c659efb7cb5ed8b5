"""Plans: who is asked as whom, and what the vendor's refusals mean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import (
    AuthError,
    BadAnswerError,
    CapbriefError,
    OutOfReachError,
    UnavailableError,
    UsageError,
)
from pipeline.extract.coingecko import PLANS
from pipeline.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.extract.coingecko import CoinGecko

KEY = Secret("CG-canary")


def test_plans_are_the_documented_ones() -> None:
    documented = {
        name: (plan.host, plan.header, plan.calls_per_minute, plan.calls_per_month)
        for name, plan in PLANS.items()
    }
    assert documented == {
        "keyless": ("api.coingecko.com", None, 5, None),
        "demo": ("api.coingecko.com", "x-cg-demo-api-key", 30, 10_000),
        "pro": ("pro-api.coingecko.com", "x-cg-pro-api-key", 250, 100_000),
    }
    assert [plan.history_days for plan in PLANS.values()] == [365, 365, None]


@pytest.mark.parametrize(
    ("plan", "base"),
    [
        ("demo", "https://api.coingecko.com/api/v3"),
        ("pro", "https://pro-api.coingecko.com/api/v3"),
    ],
)
def test_a_plan_with_a_key_sends_it_in_its_own_header(
    vendor: Callable[..., CoinGecko], plan: str, base: str
) -> None:
    access = vendor(plan, key=KEY, calls_per_minute=100).access
    assert access.url == base
    assert access.header == (f"x-cg-{plan}-api-key", KEY)
    assert access.allowance.calls_per_minute == 100
    assert access.allowance.calls_per_month == PLANS[plan].calls_per_month
    assert "canary" not in repr(access)
    assert KEY.fingerprint in access.allowance.key


def test_without_a_plan_nothing_is_sent(vendor: Callable[..., CoinGecko]) -> None:
    access = vendor().access
    assert access.header is None
    assert access.allowance.key == "coingecko/keyless"


@pytest.mark.parametrize("plan", ["demo", "pro"])
def test_a_missing_key_is_named_when_it_is_needed(
    vendor: Callable[..., CoinGecko], plan: str
) -> None:
    source = vendor(plan)
    with pytest.raises(
        AuthError, match=f"plan {plan}: no key is set.*CAPBRIEF_COINGECKO__KEY_FILE"
    ):
        _ = source.access


@pytest.mark.parametrize(
    ("plan", "url", "reason"),
    [
        ("demo", "https://pro-api.coingecko.com/api/v3", "plans pro, and the plan is demo"),
        ("pro", "https://api.coingecko.com/api/v3", "keyless and demo, and the plan is pro"),
        ("demo", "https://example.org/api/v3", "example.org.* not its host"),
        ("demo", "http://api.coingecko.com/api/v3", "must begin with https"),
    ],
)
def test_an_address_that_does_not_suit_the_plan_is_refused(
    vendor: Callable[..., CoinGecko], plan: str, url: str, reason: str
) -> None:
    source = vendor(plan, key=KEY, url=url)
    with pytest.raises(UsageError, match=reason):
        _ = source.access


def test_a_program_on_this_machine_may_stand_in(vendor: Callable[..., CoinGecko]) -> None:
    url = "http://127.0.0.1:8767/api/v3"
    assert vendor("demo", key=KEY, url=url).access.url == url


def envelopes(code: int) -> list[Any]:
    """The shapes that were seen; the code as a number and as a text."""
    inner = {"error_code": code, "error_message": "Some words."}
    return [
        {"status": inner},
        {"error": {"status": {"timestamp": "2024-03-30T07:22:29.427+00:00", **inner}}},
        {"error": inner},
        inner,
        {"status": {**inner, "error_code": str(code)}},
    ]


@pytest.mark.parametrize("shape", range(5))
@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (401, 10002, AuthError, "key is missing or refused .*KEY_FILE"),
        (403, 10005, AuthError, "plan lacks the endpoint"),
        (400, 10010, AuthError, "this is a pro key .*PLAN=pro"),
        (400, 10011, AuthError, "this is a demo key .*PLAN=demo"),
        (401, 10012, OutOfReachError, "history does not reach"),
        (403, 403, UnavailableError, "program's name"),
        (400, 10099, BadAnswerError, 'CoinGecko says "Some words."'),
    ],
)
def test_the_vendors_codes_mean_the_same_in_every_envelope_and_under_200(
    vendor: Callable[..., CoinGecko],
    shape: int,
    status: int,
    code: int,
    kind: type[CapbriefError],
    words: str,
) -> None:
    refusal = vendor("demo", key=KEY).access.refusal
    for given in (status, 200):
        error = refusal(given, envelopes(code)[shape])
        assert type(error) is kind
        with pytest.raises(kind, match=words):
            raise error


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *[(429, body) for body in envelopes(429)],
        *[(200, body) for body in envelopes(429)],
        (503, {"status": {"error_code": 10002, "error_message": "x"}}),
        (404, {"error": "coin not found"}),
        (404, {"error": "Could not find coin with the given id"}),
        (200, []),
        (200, [{"id": "bitcoin"}]),
        (200, {"data": {"active_cryptocurrencies": 1}}),
        (200, {"prices": [], "market_caps": [], "total_volumes": []}),
        (500, None),
    ],
)
def test_what_may_pass_or_is_an_answer_is_no_refusal(
    vendor: Callable[..., CoinGecko], status: int, body: Any
) -> None:
    assert vendor().access.refusal(status, body) is None


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, None, AuthError, "refuses to answer"),
        (401, {"error": "Unauthorized"}, AuthError, "Unauthorized"),
        (200, {"error": "Could not find coin"}, BadAnswerError, "Could not find coin"),
        (404, {"error": "Incorrect path."}, BadAnswerError, 'CoinGecko says "Incorrect path."'),
        (404, None, BadAnswerError, "no such path (404); look at CAPBRIEF_COINGECKO__URL"),
        (200, {"error": {"odd": 1}}, BadAnswerError, "odd"),
    ],
)
def test_errors_without_a_code(
    vendor: Callable[..., CoinGecko],
    status: int,
    body: Any,
    kind: type[CapbriefError],
    words: str,
) -> None:
    error = vendor().access.refusal(status, body)
    assert type(error) is kind
    assert words in str(error)


def test_the_vendors_words_are_made_harmless(vendor: Callable[..., CoinGecko]) -> None:
    body = {"status": {"error_code": 10002, "error_message": "a\x1b[2J\nb" + "c" * 900}}
    text = str(vendor().access.refusal(401, body))
    assert text.isprintable()
    assert len(text) < 500


EXPECTED = {
    "rate_limited": None,
    "history_older_than_365_days": OutOfReachError,
    "missing_user_agent": UnavailableError,
    "demo_key_on_pro_host": None,
}


def test_recorded_errors(vendor: Callable[..., CoinGecko], recorded: Path) -> None:
    refusal = vendor().access.refusal
    cases = json.loads((recorded / "errors_quoted_from_public_threads.json").read_text())
    found = {
        case["case"]: refusal(case["http_status"], case["body"])
        for case in cases
        if case["http_status"]
    }
    assert {name: error and type(error) for name, error in found.items()} == EXPECTED

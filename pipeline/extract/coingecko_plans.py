"""CoinGecko's plans: where each asks, how much it may, and what the vendor's refusals mean.

The plan is a setting, for keys of both kinds begin alike. The figures are those of the vendor's
documentation of March 2026; its pages disagree with one another, so each can be set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pipeline.errors import (
    AuthError,
    BadAnswerError,
    CapbriefError,
    OutOfReachError,
    UnavailableError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline import settings
    from pipeline.budget import Usage
    from pipeline.http import Access
    from pipeline.source import Get


@dataclass(frozen=True)
class Plan:
    """What a plan may do, as documented.

    ``calls_per_month`` and ``history_days`` are null where there is no limit. ``range_dates``
    is how the range endpoint takes its ends: UNIX seconds, or ISO 8601 with an interval.
    """

    name: str
    host: str
    header: str | None
    calls_per_minute: float
    calls_per_month: int | None
    history_days: int | None
    range_dates: Literal["unix", "iso"]


PUBLIC_HOST, PRO_HOST = "api.coingecko.com", "pro-api.coingecko.com"

PLANS = {
    plan.name: plan
    for plan in (
        Plan("keyless", PUBLIC_HOST, None, 5, None, 365, "unix"),
        Plan("demo", PUBLIC_HOST, "x-cg-demo-api-key", 30, 10_000, 365, "unix"),
        Plan("pro", PRO_HOST, "x-cg-pro-api-key", 250, 100_000, None, "iso"),
    )
}

_SETTING = "CAPBRIEF_COINGECKO__"


def plan_of(chosen: settings.CoinGecko) -> Plan:
    """The chosen plan, with the limits that the settings give in place of its own."""
    plan = PLANS[chosen.plan]
    return replace(
        plan,
        calls_per_minute=chosen.calls_per_minute or plan.calls_per_minute,
        calls_per_month=chosen.calls_per_month or plan.calls_per_month,
        history_days=chosen.history_days or plan.history_days,
    )


def access_of(chosen: settings.CoinGecko) -> Access:
    """Whom the plan may ask, and as whom.

    Raises:
        AuthError: the plan needs a key and none is set.
        UsageError: the address is that of the other plans, or no address of CoinGecko.
    """
    # Imported here: a dry run, a build and a report need no HTTP client.
    from pipeline.budget import Allowance
    from pipeline.http import Access

    plan = plan_of(chosen)
    url = chosen.url or f"https://{plan.host}/api/v3"
    _must_suit(plan, url)
    if plan.header and chosen.key is None:
        raise AuthError(
            f"CoinGecko, plan {plan.name}: no key is set; put it into a file that only you can "
            f"read and name that in {_SETTING}KEY_FILE, or set {_SETTING}PLAN=keyless"
        )
    header = (plan.header, chosen.key) if plan.header and chosen.key else None
    holder = f"/{header[1].fingerprint}" if header else ""
    return Access(
        source="coingecko",
        url=url,
        hosts=frozenset({plan.host}),
        header=header,
        allowance=Allowance(
            f"coingecko/{plan.name}{holder}", plan.calls_per_minute, plan.calls_per_month
        ),
        refusal=refusal_of(plan),
        # The endpoint is not in the other plans.
        usage=partial(_usage, chosen) if plan.name == "pro" else None,
        probe=("ping",),
    )


def _usage(chosen: settings.CoinGecko, get: Get) -> Usage:
    """What the vendor counted; limits that the settings give stay as they are."""
    from pipeline.extract.coingecko_requests import usage

    found = usage(get)
    return replace(
        found,
        calls_per_minute=None if chosen.calls_per_minute else found.calls_per_minute,
        calls_per_month=None if chosen.calls_per_month else found.calls_per_month,
    )


def _must_suit(plan: Plan, url: str) -> None:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return  # no address at all: Access says so
    other = {PUBLIC_HOST: "keyless and demo", PRO_HOST: "pro"}.get(host or "")
    if other and host != plan.host:
        raise UsageError(
            f"{_SETTING}URL: {host} is the host of the plans {other}, and the plan is "
            f"{plan.name}; set {_SETTING}PLAN, or leave the address out"
        )


def refusal_of(plan: Plan) -> Callable[[int, Any], CapbriefError | None]:
    """What an answer of the vendor refuses, by its HTTP status and its error envelope.

    None for an answer without an error, and for errors that may pass (limits of calls, faults
    of the vendor) or that are the same with every host (404 for a coin).
    """

    def refusal(status: int, body: Any) -> CapbriefError | None:
        if _may_pass(status):
            return None
        found = _envelope(body)
        if status == 404:
            return _nothing_there(found)
        if found is None:
            return _without_words(status)
        code, words = found
        if _may_pass(code):
            return None
        return _meant(plan, status, code, words)

    return refusal


def _may_pass(code: int) -> bool:
    return code in (408, 425, 429) or 500 <= code < 600


def _envelope(body: Any) -> tuple[int, str] | None:
    """Code (0 if it has none) and words of an error, in whichever of the shapes seen."""
    if not isinstance(body, dict):
        return None
    outer, status = body.get("error"), body.get("status")
    inner = outer.get("status") if isinstance(outer, dict) else None
    for one in (status, inner, outer, body):
        if isinstance(one, dict) and "error_code" in one:
            code = str(one["error_code"])
            return int(code) if re.fullmatch("[0-9]{1,6}", code) else 0, _said(one)
    return (0, _said({"error_message": outer})) if outer else None


def _said(error: dict[str, Any]) -> str:
    words = "".join(c for c in str(error.get("error_message") or "") if c.isprintable())
    return f'CoinGecko says "{words[:200].strip()}"'


def _nothing_there(found: tuple[int, str] | None) -> CapbriefError | None:
    """A 404 is believed of a coin where it says so: a wrong address has it for every coin."""
    if found and re.search(r"\bcoin\b.*\bnot\b|\bnot\b.*\bcoin\b", found[1], re.IGNORECASE):
        return None
    said = f". {found[1]}" if found else ""
    return BadAnswerError(f"CoinGecko: has no such path (404); look at {_SETTING}URL{said}")


def _without_words(status: int) -> CapbriefError | None:
    # A page of the network in front (403) is the door's business: it shuts for a while.
    if status == 401:
        return AuthError(f"CoinGecko: refuses to answer (401); look at {_SETTING}KEY_FILE")
    return None


def _meant(plan: Plan, status: int, code: int, words: str) -> CapbriefError:
    keyed = f"the plan is {plan.name}"
    match code:
        case 10002:
            return AuthError(
                f"CoinGecko: the key is missing or refused ({keyed}); put the right one into "
                f"{_SETTING}KEY_FILE. {words}"
            )
        case 10005:
            return AuthError(f"CoinGecko: the plan lacks the endpoint ({keyed}). {words}")
        case 10010:
            return AuthError(f"CoinGecko: this is a pro key ({keyed}); set {_SETTING}PLAN=pro")
        case 10011:
            return AuthError(f"CoinGecko: this is a demo key ({keyed}); set {_SETTING}PLAN=demo")
        case 10012:
            return OutOfReachError(
                f"CoinGecko: the plan's history does not reach that far ({keyed}). {words}"
            )
        case 403:
            return UnavailableError(f"CoinGecko: does not take the program's name. {words}")
    if status in (401, 403):
        return AuthError(f"CoinGecko: refuses to answer ({status}, {keyed}). {words}")
    return BadAnswerError(f"CoinGecko: answers with an error ({status}). {words}")

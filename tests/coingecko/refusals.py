"""Errors in the envelopes that users quoted, and which key is refused where.

The program plays one host: the public one (plans keyless and demo) or the pro one.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime
from math import ceil
from typing import TYPE_CHECKING

from tests.coingecko.message import Answer, Asked, Content, answer

if TYPE_CHECKING:
    from tests.coingecko.options import Options

DEMO_KEY = "CG-demo0000000000000000000"
PRO_KEY = "CG-pro00000000000000000000"

PER_MINUTE = {"keyless": 5, "demo": 30, "pro": 250}
HISTORY_DAYS = 365

_PRICING = "https://www.coingecko.com/en/api/pricing"
_MESSAGES = {
    429: f"You've exceeded the Rate Limit. Please visit {_PRICING} to subscribe to our API plans "
    "for higher rate limits.",
    403: "Please add a descriptive User-Agent to your request. For higher rate limits & stable "
    f"integration, please subscribe to our API plans: {_PRICING} . If you think this is a "
    "mistake, please report here: https://forms.gle/3V2z8Mb3k2RMu5S2A",
    10002: "API Key Missing. Please make sure you're using the right authentication method.",
    10005: f"This request is limited to Pro API subscribers. Please visit {_PRICING}",
    10010: "If you are using Pro API key, please change your root URL from api.coingecko.com to "
    "pro-api.coingecko.com",
    10011: "If you are using Demo API key, please change your root URL from "
    "pro-api.coingecko.com to api.coingecko.com",
    10012: "Your request exceeds the allowed time range. Public API users are limited to "
    "querying historical data within the past 365 days. Upgrade to a paid plan to enjoy full "
    f"historical data access: {_PRICING}. ",
}
_STATUS = {429: 429, 403: 403, 10002: 401, 10005: 403, 10010: 400, 10011: 400, 10012: 401}
# Nested one deeper, with a time, as quoted in Electron-Cash issue 2825.
_NESTED = {10005, 10012}

CLOUDFLARE_PAGE = """<!DOCTYPE html>
<html lang="en-US"><head>
<title>Access denied | api.coingecko.com used Cloudflare to restrict access</title>
</head><body><h1>Error 1020</h1><p>Access denied</p></body></html>
"""


def refusal(code: int, now: datetime, status: int | None = None) -> Answer:
    """The vendor's answer for one of its error codes."""
    inner: dict[str, object] = {"error_code": code, "error_message": _MESSAGES.get(code, "Error")}
    if code not in _NESTED:
        body: object = {"status": inner}
    else:
        stamp = now.isoformat(timespec="milliseconds")
        body = {"error": {"status": {"timestamp": stamp, **inner}}}
    return answer(body, status or _STATUS.get(code, 400))


def wrong(text: str, status: int = 400) -> Answer:
    """What is wrong with a request, in the short envelope."""
    return answer({"error": text}, status)


def rate_limited(now: datetime, retry_after: str | None) -> Answer:
    """A 429; ``retry_after`` may be seconds, a date, or any nonsense."""
    made = refusal(429, now)
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Answer(made.content, 429, headers=headers)


def http_date(moment: datetime) -> str:
    """RFC 9110, section 5.6.7."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def page(html: str, status: int, media_type: str = "text/html; charset=UTF-8") -> Answer:
    """What a proxy or a content network says in the vendor's place."""
    return Answer(Content(html.encode()), status, media_type)


class Doorkeeper:
    """Checks who asks, and how often."""

    def __init__(self) -> None:
        self.calls = 0
        self._asked: dict[str, list[float]] = {}

    def reset(self) -> None:
        self.calls = 0
        self._asked.clear()

    def check(self, asked: Asked, options: Options) -> Answer | None:
        """A refusal, or None for who may come in."""
        self.calls += 1
        if not asked.headers.get("user-agent"):
            return refusal(403, options.moment)
        if options.limits and (seconds := self._over(asked, options)) is not None:
            return rate_limited(options.moment, str(ceil(seconds)))
        code = _wrong_key(asked, options.plan)
        return refusal(code, options.moment) if code else None

    def _over(self, asked: Asked, options: Options) -> float | None:
        """Seconds until the next call is allowed, if this one is not."""
        demo, pro = _keys(asked)
        who = pro or demo or "address"
        plan = "pro" if options.plan == "pro" else "demo" if demo else "keyless"
        limit = options.per_minute or PER_MINUTE[plan]
        now = time.monotonic()
        recent = [at for at in self._asked.get(who, []) if at > now - 60]
        self._asked[who] = [*recent, now]
        return recent[-limit] + 60 - now if len(recent) >= limit else None


def _keys(asked: Asked) -> tuple[str | None, str | None]:
    found = []
    for kind in ("demo", "pro"):
        header, name = f"x-cg-{kind}-api-key", f"x_cg_{kind}_api_key"
        found.append(asked.headers.get(header, asked.query.get(name)))
    return found[0], found[1]


def _wrong_key(asked: Asked, plan: str) -> int | None:
    """The error code for a key that is wrong, or of the other host."""
    demo, pro = _keys(asked)
    given = pro if pro is not None else demo
    if plan == "pro":
        if demo is not None or given == DEMO_KEY:
            return 10011
        return None if given == PRO_KEY else 10002
    if pro is not None or given == PRO_KEY:
        return 10010
    return None if given in (None, DEMO_KEY) else 10002

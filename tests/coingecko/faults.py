"""Everything that can go wrong with an answer, by name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.coingecko import bodies, packing, wire
from tests.coingecko.message import BASE, Answer, Asked, Content, answer
from tests.coingecko.refusals import (
    CLOUDFLARE_PAGE,
    http_date,
    page,
    rate_limited,
    refusal,
    wrong,
)
from tests.coingecko.vendor import SHIFTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.coingecko.options import Options


@dataclass
class Fault:
    """A fault for requests whose path begins with ``prefix``.

    ``times`` is how many requests it spoils (None: all), ``after`` how many it lets pass
    first, ``when`` the parameters that a request must have.
    """

    name: str
    prefix: str = "/"
    times: int | None = None
    after: int = 0
    when: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    n_seen: int = 0

    def takes(self, asked: Asked) -> bool:
        """Whether this request is to be spoiled; counts it."""
        if not asked.path.startswith(self.prefix) or not self.when.items() <= asked.query.items():
            return False
        self.n_seen += 1
        number = self.n_seen - self.after
        return number >= 1 and (self.times is None or number <= self.times)


@dataclass(frozen=True)
class Case:
    """One request to be spoiled: what was asked, and how it would be answered."""

    fault: Fault
    asked: Asked
    options: Options
    vendor: Callable[[Asked, Options], Answer]

    def good(self, **query: object) -> Answer:
        """The good answer, perhaps to other parameters."""
        return self.vendor(self.asked.but(**query) if query else self.asked, self.options)

    def detail(self, name: str, default: Any) -> Any:
        return self.fault.details.get(name, default)


def spoiled(case: Case) -> Answer:
    """The answer as the fault has it."""
    return FAULTS[case.fault.name](case)


def _sent(make: Callable[[Case], wire.Wire]) -> Callable[[Case], Answer]:
    """The good answer, sent in another way."""
    return lambda case: replace(case.good(), wire=make(case))


def _packed(make: Callable[[bytes], bytes], encoding: str = "gzip") -> Callable[[Case], Answer]:
    """The good answer, with other bytes under this Content-Encoding."""

    def spoil(case: Case) -> Answer:
        good = case.good()
        body = make(good.content.plain)
        return replace(good, wire=wire.fixed(body, case.detail("encoding", encoding)))

    return spoil


def _plain(make: Callable[[Case, bytes], bytes]) -> Callable[[Case], Answer]:
    """The good answer with its bytes changed."""

    def spoil(case: Case) -> Answer:
        good = case.good()
        return replace(good, content=Content(make(case, good.content.plain)))

    return spoil


def _edited(edit: Callable[[Any, dict[str, Any]], Any]) -> Callable[[Case], Answer]:
    """The good answer with its value changed."""

    def spoil(case: Case) -> Answer:
        good = case.good()
        return good if good.status != 200 else answer(edit(good.content.value, case.fault.details))

    return spoil


def _refused(code: int) -> Callable[[Case], Answer]:
    return lambda case: refusal(
        case.detail("code", code), case.options.moment, case.detail("status", None)
    )


def _headed(make: Callable[[Case], tuple[tuple[str, str], ...]]) -> Callable[[Case], Answer]:
    return lambda case: replace(case.good(), headers=make(case))


def _instead(value: Any) -> Callable[[Case], Answer]:
    return lambda case: answer(value)


def _rate_limited(case: Case) -> Answer:
    return rate_limited(case.options.moment, case.detail("retry_after", None))


def _status(case: Case) -> Answer:
    status, body = case.detail("status", 503), case.detail("body", {"error": "Service Unavailable"})
    headers = tuple(case.detail("headers", {}).items())
    if isinstance(body, str):
        made = page(body, status, case.detail("media_type", "text/html; charset=UTF-8"))
        return replace(made, headers=headers)
    return answer(body, status, headers)


def _flap(case: Case) -> Answer:
    is_bad = (case.fault.n_seen - case.fault.after) % 2 == 1
    return wrong("Service Unavailable", case.detail("status", 503)) if is_bad else case.good()


def _redirect(case: Case) -> Answer:
    location = case.detail("location", "https://example.invalid" + BASE + case.asked.path)
    return answer({}, case.detail("status", 302), (("Location", location),))


def _redirect_loop(case: Case) -> Answer:
    return answer({}, 302, (("Location", BASE + case.asked.path),))


def _error_with_200(case: Case) -> Answer:
    code = case.detail("code", 10002)
    return refusal(code, case.options.moment, 200)


def _html(case: Case) -> Answer:
    text = case.detail("body", "<!DOCTYPE html><html><title>Just a moment...</title></html>")
    return page(text, 200, case.detail("media_type", "text/html; charset=UTF-8"))


def _short_pages(case: Case) -> Answer:
    return case.good(per_page=min(case.asked.number("per_page", 100), case.detail("size", 50)))


def _moved(by: int) -> Callable[[Case], Answer]:
    """Pages between which rows move: down, so that one comes twice, or up, and one is missed."""

    def spoil(case: Case) -> Answer:
        number, size = case.asked.number("page", 1), case.asked.number("per_page", 100)
        start = (number - 1) * (min(size, 250) + by)
        return case.good(**{SHIFTED: start})

    return spoil


def _endless(case: Case) -> Answer:
    good = case.good()
    if good.status != 200 or good.content.value != []:
        return good
    number = case.asked.number("page", 1)
    rows = case.good(page=1).content.value
    # New ids without end unless told otherwise: only a ceiling helps against those.
    ending = f"-p{number}" if case.detail("fresh", True) else ""
    return answer([{**row, "id": row["id"] + ending} for row in rows])


def _stale(case: Case) -> Answer:
    """The answer of an earlier time, as from a cache."""
    earlier = case.options.moment - timedelta(hours=case.detail("hours", 48))
    return case.vendor(case.asked, replace(case.options, now=earlier))


def _sunset(case: Case) -> tuple[tuple[str, str], ...]:
    when = case.options.moment + timedelta(days=case.detail("days", 90))
    return (
        ("Sunset", case.detail("date", http_date(when))),
        ("Deprecation", "@1767225600"),
        ("Link", '<https://example.invalid/sunset>; rel="sunset"'),
    )


def _seconds(case: Case) -> dict[str, float]:
    return {"interval": case.detail("interval", 0.2), "size": case.detail("size", 1)}


FAULTS: dict[str, Callable[[Case], Answer]] = {
    # F01, F03, F04: connections.
    "refuse": _sent(lambda case: wire.refuse),
    "reset": _sent(lambda case: wire.reset(case.detail("share", 0.5))),
    "hang": _sent(lambda case: wire.hang(case.detail("seconds", 120))),
    "slow_headers": _sent(
        lambda case: wire.drip(
            case.detail("interval", 0.2), case.detail("size", 1), of_headers=True
        )
    ),
    "drip": _sent(
        lambda case: wire.drip(
            case.detail("interval", 0.2), case.detail("size", 1), of_headers=False
        )
    ),
    # F05, F06: incomplete bodies.
    "truncate": _sent(lambda case: wire.truncate(case.detail("share", 0.5))),
    "cut_chunked": _sent(lambda case: wire.chunked(case.detail("share", 0.5))),
    "cut_valid_json": _sent(lambda case: wire.cut_valid_json(case.detail("share", 0.5))),
    # F07 to F09: encodings.
    "no_gzip_trailer": _packed(packing.without_trailer),
    "bad_gzip_crc": _packed(packing.with_wrong_checksum),
    "bomb": lambda case: replace(
        case.good(), wire=wire.fixed(packing.bomb(case.detail("mib", 200)), "gzip")
    ),
    "nested_gzip": _packed(packing.twice, "gzip, gzip"),
    "wrong_encoding": _packed(lambda body: body),
    # F10 to F12: no data.
    "html200": _html,
    "cloudflare403": lambda case: page(CLOUDFLARE_PAGE, case.detail("status", 403)),
    "error200": _error_with_200,
    "no_content": lambda case: Answer(Content(b""), 204, None),
    "empty_body": lambda case: Answer(Content(b"")),
    "empty_list": _instead([]),
    "empty_object": _instead({}),
    "null": _instead(None),
    # F13, F14: redirects.
    "redirect": _redirect,
    "redirect_loop": _redirect_loop,
    # F15 to F19: refusals and outages.
    "status": _status,
    "rate_limited": _rate_limited,
    "rate_limited_forever": _rate_limited,
    "unauthorized": _refused(10002),
    "plan": _refused(10005),
    "out_of_range": _refused(10012),
    "not_found": lambda case: wrong("coin not found", 404),
    "flap": _flap,
    # F20: paging.
    "repeat_page_one": lambda case: case.good(page=1),
    "endless_pages": _endless,
    "short_pages": _short_pages,
    "duplicates": _moved(-1),
    "holes": _moved(1),
    # F22: clocks.
    "stale": _stale,
    "future": _edited(bodies.future),
    # F23, F24: headers and framing.
    "many_headers": _headed(
        lambda case: tuple((f"X-Filler-{n}", "x") for n in range(case.detail("count", 300)))
    ),
    "big_header": _headed(lambda case: (("X-Filler", "x" * case.detail("bytes", 100_000)),)),
    "bad_chunk": _sent(lambda case: wire.chunked(1.0, case.detail("text", "zz"))),
    "sunset": _headed(_sunset),
    # F25, F26: JSON that is none.
    "nan": _plain(lambda case, body: bodies.literal(body, case.fault.details, "NaN")),
    "infinity": _plain(lambda case, body: bodies.literal(body, case.fault.details, "-Infinity")),
    "huge_number": _plain(lambda case, body: bodies.literal(body, case.fault.details, "1e400")),
    "literal": _plain(
        lambda case, body: bodies.literal(body, case.fault.details, case.detail("text", "-0"))
    ),
    "duplicate_keys": _plain(lambda case, body: bodies.duplicate_keys(body)),
    "bom": _plain(lambda case, body: b"\xef\xbb\xbf" + body),
    "trailing_bytes": _plain(lambda case, body: body + case.detail("text", "\n{}").encode()),
    "deep_nesting": _plain(lambda case, body: bodies.nested(case.detail("depth", 200_000))),
    "latin1": _plain(lambda case, body: bodies.named(body, "Café ".encode("latin-1"))),
    # F28 to F30: other shapes.
    "missing_field": _edited(bodies.missing_field),
    "string_numbers": _edited(bodies.string_numbers),
    "text_number": _edited(bodies.text_number),
    "percent_as_fraction": _edited(bodies.percent_as_fraction),
    "seconds_for_milliseconds": _edited(bodies.seconds_for_milliseconds),
    "cents": _edited(bodies.cents),
    # A key that comes back where it should not.
    "echo_key": _plain(lambda case, body: bodies.named(body, _key_of(case.asked).encode())),
}


def _key_of(asked: Asked) -> str:
    found = [value for name, value in asked.headers.items() if name.endswith("-api-key")]
    return found[0] if found else ""

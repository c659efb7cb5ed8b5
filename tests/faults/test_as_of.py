"""As of a day: what was answered then is answered later, byte for byte, whatever came since."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

DAY_ONE, DAY_TWO = "2026-11-22T02:00:00+00:00", "2026-11-23T01:10:00+00:00"
QUERIES = (
    "select * from marts.token_day order by all",
    "select * from marts.category_day order by all",
    "select coin_id, seen_date, price_usd from marts.token_snapshot_day order by all",
    "select run_id, started_at from marts.run order by all",
)


def answers(home: Home, *arguments: str) -> list[str]:
    """What queries and the estimates say."""
    asked = [home("sql", query, "--json", *arguments) for query in QUERIES]
    asked.append(home("estimate", "--json", *arguments))
    assert [ended.code for ended in asked] == [0] * len(asked)
    return [ended.out for ended in asked]


def report(home: Home, folder: Path, *arguments: str) -> dict[str, bytes]:
    ended = home("report", "build", "--out", str(folder), *arguments)
    assert ended.code in (0, 3), ended.message  # 3: the PDF's libraries are missing here
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def without_knowledge(page: bytes) -> str:
    """The page without the line that says as of when it is, and its id, a hash of all of it."""
    return re.sub(
        r"<li>(As known on|With everything known|Report [0-9a-f]{12}\b)[^<]*</li>",
        "",
        page.decode(),
    )


def test_what_was_answered_on_a_day_is_answered_as_of_it(
    good: Home, coingecko: CoinGecko, clock: Clock, tmp_path: Path
) -> None:
    clock.at(DAY_ONE)
    plain = report(good, tmp_path / "plain")
    then = report(good, tmp_path / "then", "--as-of", DAY_ONE)
    said, said_as_of = answers(good), answers(good, "--as-of", DAY_ONE)
    assert said == said_as_of

    # The next day brings another day, revised closes, and members that went.
    clock.at(DAY_TWO)
    coingecko.set(
        chart={"near": {"2026-11-20": {"price": 7.5}}, "bitcoin": {"2026-11-21": {"price": 9.0}}}
    )
    assert good("run", "--no-report").code == 0
    assert answers(good) != said
    later = report(good, tmp_path / "later", "--as-of", DAY_ONE)
    assert answers(good, "--as-of", DAY_ONE) == said
    assert later == then
    # But for the line that says so, it is the report of that day.
    name = "market-capacity.html"
    assert without_knowledge(later[name]) == without_knowledge(plain[name])


def test_a_figure_that_came_later_is_not_seen(good: Home, clock: Clock) -> None:
    clock.at(DAY_TWO)
    assert good("run", "--no-report").code == 0
    query = "select max(known_at) as last from marts.token_snapshot_day"
    now = json.loads(good("sql", query, "--json").out)
    then = json.loads(good("sql", query, "--json", "--as-of", DAY_ONE).out)
    assert (now[0]["last"][:10], then[0]["last"][:10]) == ("2026-11-23", "2026-11-22")

"""SEC EDGAR: revenue of Nvidia and AMD as they filed it (companyfacts, official, without a key).

One document a company holds every figure of every filing since 2009. Segments are not in it, nor
prices. The SEC asks for a contact in the User-Agent and turns away who gives none.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.errors import QualityError
from pipeline.extract import sec_rows
from pipeline.extract.documents import Document, Publisher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.settings import Settings
    from pipeline.source import Past, Rows

ENTITIES = sec_rows.ENTITIES


def lacks(chosen: Settings) -> str:
    """What it cannot be asked without."""
    if chosen.http.contact:
        return ""
    return (
        "needs a contact in the User-Agent, by the rules of the SEC: set CAPBRIEF_HTTP__CONTACT "
        "to a mail address"
    )


def _gate(cik: int, value: Any) -> str | None:
    if not isinstance(value, dict) or value.get("cik") != cik:
        return f"is not of the company {cik}"
    facts = value.get("facts")
    tags = facts.get("us-gaap") if isinstance(facts, dict) else None
    if not isinstance(tags, dict) or not any(tag in tags for tag in sec_rows.TAGS):
        return "holds no revenue"
    return None


def _review(dataset: str, past: Past, rows: Sequence[Rows]) -> None:
    """Refuse facts that lost periods: what was filed stays filed."""
    key = ["tag", "start", "end", "accn"]
    entity = ENTITIES["fact"]
    for content, origin in past.payloads(dataset):
        before = entity.parse(entity, content, origin).accepted.select(key)
        for one in rows:
            gone = before.join(one.accepted.select(key), on=key, how="anti", nulls_equal=True)
            if len(gone):
                raise QualityError(
                    f"{dataset}: {len(gone)} facts that were filed are not there any more, the "
                    f"first of {gone.row(0)[1]} to {gone.row(0)[2]}; what was there before stays"
                )


def _document(ticker: str, cik: int) -> Document:
    dataset = f"companyfacts/{ticker}"
    return Document(
        dataset=dataset,
        title=f"company facts of {ticker}",
        entities=("fact",),
        path=("api", "xbrl", "companyfacts", f"CIK{cik:010}.json"),
        gate=partial(_gate, cik),
        every_days=7,
        review=partial(_review, dataset),
    )


PUBLISHER = Publisher(
    name="sec",
    title="SEC EDGAR",
    producer="U.S. Securities and Exchange Commission",
    licence="US government work",
    url="https://data.sec.gov",
    calls_per_minute=60,
    lacks=lacks,
)

DOCUMENTS = tuple(_document(ticker, cik) for cik, ticker in sec_rows.TICKERS.items())

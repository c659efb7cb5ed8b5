"""A source's past and its host, both made of what a test puts into them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import BadAnswerError
from pipeline.form import JSON
from pipeline.http import Answer
from pipeline.provenance import Provenance
from pipeline.settings import CoinGecko as Chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.extract.coingecko import CoinGecko
    from pipeline.form import Form
    from pipeline.source import Fetched, Gap, Rows

NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[3] / "shared"
RECORDED = SHARED / "coingecko" / "recorded"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def recorded() -> Path:
    """Recorded answers of the vendor; skipped by name where they are absent."""
    if not RECORDED.is_dir():
        pytest.skip("shared/coingecko/recorded is absent: nothing recorded is read")
    return RECORDED


@pytest.fixture
def networks() -> Path:
    """Recorded answers of networks; skipped by name where they are absent."""
    folder = SHARED / "networks"
    if not folder.is_dir():
        pytest.skip("shared/networks is absent: no recorded answer of a network is read")
    return folder


def _origin(dataset: str, entity: str, at: datetime) -> Provenance:
    return Provenance(
        source="coingecko",
        entity=entity,
        dataset=dataset,
        title="t",
        url="u",
        producer="p",
        citation="c",
        licence="l",
        media_type="application/json",
        retrieved_at=at,
    )


@pytest.fixture
def origin() -> Callable[..., Provenance]:
    def make(dataset: str, entity: str = "market", at: datetime = NOW) -> Provenance:
        return _origin(dataset, entity, at)

    return make


@dataclass
class Past:
    """What a source learned before, as a test says."""

    had: dict[str, list[tuple[date, date]]] = field(default_factory=dict)
    brought: dict[str, list[Any]] = field(default_factory=dict)
    accepted_values: dict[str, list[Any]] = field(default_factory=dict)
    missing: list[Gap] = field(default_factory=list)

    def covered(self, dataset: str) -> list[tuple[date, date]]:
        return sorted(self.had.get(dataset, []))

    def datasets(self, prefix: str) -> list[str]:
        return sorted(name for name in {*self.had, *self.brought} if name.startswith(prefix))

    def payloads(self, dataset: str) -> list[Fetched]:
        return self._fetched(dataset, self.brought)

    def accepted(self, dataset: str) -> list[Fetched]:
        return self._fetched(dataset, self.accepted_values)

    def gaps(self, dataset: str) -> list[Gap]:
        return [gap for gap in self.missing if gap.dataset == dataset]

    def _fetched(self, dataset: str, kept: dict[str, list[Any]]) -> list[Fetched]:
        return [
            (
                value if isinstance(value, bytes) else json.dumps(value).encode(),
                _origin(dataset, "market", NOW),
            )
            for value in kept.get(dataset, [])
        ]


@pytest.fixture
def past() -> Past:
    return Past()


class Host:
    """Answers as a test says: a value, or what a function makes of the parameters.

    An answer that the gate refuses ends as it would after all tries.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.at = NOW

    def __call__(
        self,
        path: Sequence[str],
        parameters: Mapping[str, str],
        *,
        gate: Callable[[Any], str | None],
        form: Form = JSON,
    ) -> Answer:
        name = "/".join(path)
        self.asked.append((name, dict(parameters)))
        found = self.answers[name]
        value = found(parameters) if callable(found) else found
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        if isinstance(value, bytes):
            value = form.decode(content)
        if reason := gate(value):
            raise BadAnswerError(reason)
        return Answer(
            content=content,
            value=value,
            url=f"https://api.coingecko.com/api/v3/{name}?n={len(self.asked)}",
            media_type="application/json",
            retrieved_at=self.at,
        )


@pytest.fixture
def host() -> Host:
    return Host()


RULES = """
[[universe]]
id = "ai"
title = "AI"
min_volume_usd = 100_000
min_age_days = 30
max_staleness_hours = 24
history_coins = 2
core_categories = ["artificial-intelligence"]
meme_categories = ["ai-meme-coins"]

[[universe.member]]
coin_id = "render-token"
note = "GPU rendering"

[[universe.exclusion]]
coin_id = "usd-coin"
reason = "a stablecoin"

[[benchmark]]
coin_id = "bitcoin"
note = "the market"

[[twin]]
coin_id = "wrapped-tao"
of_coin_id = "bittensor"
kind = "wrapped"
note = "TAO in a wrapper"

[[migration]]
from_coin_id = "singularitynet"
to_coin_id = "fetch-ai"
ratio = 0.43335
started_date = 2024-07-01
source = "the alliance"
url = "https://example.org/"
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with one rule file."""
    folder = tmp_path / "universes"
    folder.mkdir()
    (folder / "mine.toml").write_text(RULES)
    return folder


@pytest.fixture
def vendor(rules: Path) -> Callable[..., CoinGecko]:
    """CoinGecko by plan and settings, for the rule file."""
    from pipeline.extract.coingecko import CoinGecko

    def make(plan: str = "keyless", **settings: Any) -> CoinGecko:
        return CoinGecko(Chosen(plan=plan, **settings), (rules,))

    return make


# Which answer of Akash's each entity is in, and the data set that tells its parser whose it is.
_AKASH = {
    "capacity": ("/v1/network-capacity", "network-capacity"),
    "gpu_model": ("/v1/gpu", "gpu/gpu_model"),
    "gpu_total": ("/v1/gpu", "gpu/gpu_total"),
    "gpu_price": ("/v1/gpu-prices", "gpu-prices/gpu_price"),
    "gpu_breakdown": ("/v1/gpu-breakdown", "gpu-breakdown"),
    "graph_day": ("/v1/graph-data/activeGPU", "graph-data/activeGPU"),
}


@pytest.fixture
def read() -> Callable[[str, Any], Rows]:
    """Rows of an entity of Akash from a value or from bytes, had on 2026-11-23 at noon."""
    from pipeline.extract.akash_rows import ENTITIES

    def parse(name: str, value: Any) -> Rows:
        entity = ENTITIES[name]
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        return entity.parse(entity, content, _origin(_AKASH[name][1], name, NOW.replace(hour=12)))

    return parse


@pytest.fixture
def answer(network_answers: dict[str, dict[str, Any]]) -> Callable[[str], Any]:
    """The answer that an entity of Akash is in; a test may spoil it."""
    return lambda name: json.loads(json.dumps(network_answers["akash"][_AKASH[name][0]]))

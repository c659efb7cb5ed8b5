"""Supply the whole way: archives of Epoch AI beside the bundled edition, to checked tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import build, fetch, opening
from pipeline.entry import Run
from pipeline.extract import epoch
from pipeline.extract.bundled import BUNDLED
from pipeline.extract.event import Events
from pipeline.job import Job
from pipeline.ledger import Ledger
from pipeline.provenance import Provenance
from pipeline.resources import EVENTS
from pipeline.settings import Settings
from pipeline.source import About, Unit, Wanted
from tests import epoch as given  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pipeline.source import Entity, Past
    from pipeline.warehouse import Warehouse

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Given:
    """The publisher, with documents as a test gives them."""

    documents: Mapping[str, bytes]
    at: datetime
    name: str = "epoch"
    access: None = None

    @property
    def entities(self) -> Mapping[str, Entity]:
        return epoch.ENTITIES

    @property
    def about(self) -> About:
        return About("t", "p", "l")

    def due(self, past: object, today: object) -> None:
        return None

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit]:
        for document in epoch.DOCUMENTS:
            name = document.dataset
            if name in self.documents:
                origin = Provenance(
                    source="epoch",
                    entity=name,
                    dataset=name,
                    title=document.title,
                    url="https://epoch.ai/" + "/".join(document.path),
                    producer="Epoch AI",
                    citation=f"Epoch AI, {document.title}, retrieved {self.at:%Y-%m-%d}",
                    licence="CC BY 4.0",
                    media_type="application/zip",
                    retrieved_at=self.at,
                )
                day = self.at.date()
                review = document.review
                yield Unit(
                    name,
                    (day, day),
                    1,
                    lambda get, name=name, origin=origin: [(self.documents[name], origin)],  # type: ignore[misc]
                    is_required=False,
                    review=(lambda rows, review=review: review(past, rows)) if review else None,  # type: ignore[misc]
                    is_snapshot=True,
                )


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    home = tmp_path_factory.mktemp("supply")
    made = Job(
        run_id="supply",
        settings=Settings(data=home, state=home / "state"),
        log=lambda event, **fields: None,
        clock=lambda: AT,
        version="0.0.0",
    )
    Ledger(made.settings.ledger).start(Run(made.run_id, "run", made.version, made.clock()))
    return made


def have(job: Job, documents: Mapping[str, bytes], at: datetime = AT) -> list[str]:
    """What could not be had of some documents, in words."""
    job = replace(job, clock=lambda: at)
    out = fetch.fetch(job, [BUNDLED, Events((EVENTS,)), Given(documents, at)], Wanted(now=at))
    return [str(error) for _, error in out.failures]


@pytest.fixture(scope="module")
def opened(job: Job) -> Iterator[Warehouse]:
    documents = {
        "chip_sale": given.recorded_archive(of_owners=False),
        "chip_holding": given.recorded_archive(of_owners=True),
        "cluster": given.recorded("epoch_gpu_clusters_2025-12-14.csv").read_bytes(),
        "data_center": given.recorded("epoch_data_centers_2025-12-14.csv").read_bytes(),
        "data_center_timeline": given.recorded(
            "epoch_data_center_timelines_2025-12-14.csv"
        ).read_bytes(),
        "data_center_chip": given.recorded(
            "epoch_chip_counts", "xai_chip_quantities.csv"
        ).read_bytes(),
    }
    assert have(job, documents) == []
    build.build(job)
    with opening.open_warehouse(job) as warehouse:
        yield warehouse


def asked(opened: Warehouse, text: str) -> list[tuple[Any, ...]]:
    return opened.query(text).rows()


def test_rows_of_the_recorded_editions(opened: Warehouse) -> None:
    counts = {
        "shipment_quarter": 120,
        "fleet_total_quarter": 46,
        "fleet_quarter": 114,
        "fleet_chip_quarter": 263,
        "owner_chip_quarter": 179,
        "owner_quarter": 135,
        "cluster": 786,
        "data_center": 16,
        "data_center_timeline": 112,
        "data_center_chip": 6,
        "vendor_revenue_quarter": 15,
        "supply_release": 4,
    }
    found = {name: asked(opened, f"select count(*) from marts.{name}")[0][0] for name in counts}
    assert found == counts


def test_known_figures(opened: Warehouse) -> None:
    (nvidia,) = asked(
        opened,
        "select units_p50, h100e_8bit_epoch_p05, h100e_8bit_epoch_p50, h100e_8bit_epoch_p95 "
        "from marts.fleet_total_quarter "
        "where designer = 'Nvidia' and quarter_end = '2025-12-31'",
    )
    assert nvidia == (10477887, 11899055, 13659258, 15548902)
    standard = "select count(*), round(sum(h100e_8bit_epoch)) from marts.cluster "
    assert asked(opened, standard + "where is_in_standard_analysis") == [(482, 1573042)]
    years = asked(
        opened,
        "select owner, omdia_units, round(epoch_units_p50 / 1000), "
        "epoch_units_p05 < epoch_units_p50 and epoch_units_p50 < epoch_units_p95, "
        "round(epoch_to_omdia_ratio, 2) from estimates.owner_estimate_year "
        "where year = 2024 and epoch_chip = 'H100/H200' order by omdia_units desc",
    )
    assert years == [
        ("Microsoft", 485000, 679, True, 1.4),
        ("Meta", 224000, 363, True, 1.62),
        ("Amazon", 196000, 272, True, 1.39),
        ("Google", 169000, 261, True, 1.54),
    ]


def test_answers_about_nvidia_do_not_change_with_other_designers(
    opened: Warehouse, edition: Warehouse
) -> None:
    # The recorded edition has the bundled figures, and AMD, TPU and Trainium besides.
    for text in (
        "select claim_id, verdict, recomputed from estimates.claim order by all",
        "select * exclude known_at from estimates.supply_gap_month order by all",
        "select * from estimates.owner_group_quarter order by all",
        "select * from estimates.shipment_year order by all",
        "select * from estimates.fleet_basis_quarter where holder <> 'CoreWeave' order by all",
    ):
        assert asked(opened, text) == asked(edition, text)


def test_evidence_cites_the_edition_in_force(opened: Warehouse, edition: Warehouse) -> None:
    text = (
        "select distinct sources from estimates.claim_evidence "
        "where evidence_id = 'shipped-h100' or evidence_id like 'fleet-2%' order by all"
    )
    assert asked(opened, text) == [
        ("Epoch AI, AI chip owners, retrieved 2026-11-23",),
        ("Epoch AI, AI chip sales, retrieved 2026-11-23",),
    ]
    assert asked(edition, text) == [
        ("Epoch AI, AI chip owners, April 2026",),
        ("Epoch AI, AI chip sales, April 2026",),
    ]


def test_bounds_hold_the_publishers_own_interval(opened: Warehouse) -> None:
    # On its own basis the publisher's interval of an owner lies between both bounds, nearly.
    (row,) = asked(
        opened,
        "select count(*), count(*) filter (own.h100e_8bit_epoch_p05 "
        "between together.p05 * 0.98 and apart.p05 * 1.02), count(*) filter ("
        "own.h100e_8bit_epoch_p95 between apart.p95 * 0.98 and together.p95 * 1.02) "
        "from marts.fleet_quarter as own "
        "join estimates.fleet_basis_quarter as together on together.holder = own.owner "
        "and together.quarter_end = own.quarter_end and together.basis = 'h100e_8bit_epoch' "
        "and together.rank_correlation = 1 "
        "join estimates.fleet_basis_quarter as apart on apart.holder = own.owner "
        "and apart.quarter_end = own.quarter_end and apart.basis = 'h100e_8bit_epoch' "
        "and apart.rank_correlation = 0",
    )
    assert row == (102, 102, 102)


@pytest.fixture
def own_job(tmp_path: Path) -> Job:
    made = Job(
        run_id="own",
        settings=Settings(data=tmp_path, state=tmp_path / "state"),
        log=lambda event, **fields: None,
        clock=lambda: AT,
        version="0.0.0",
    )
    Ledger(made.settings.ledger).start(Run(made.run_id, "run", made.version, made.clock()))
    return made


def test_the_published_form_passes_every_check_and_a_broken_one_changes_nothing(
    own_job: Job,
) -> None:
    good = {"chip_sale": given.sales(), "chip_holding": given.owners()}
    assert have(own_job, good) == []
    build.build(own_job)
    text = (
        "select designer, chip, quarter_end, units_p50, is_incomplete "
        "from marts.shipment_quarter order by all"
    )
    with opening.open_warehouse(own_job) as warehouse:
        before = asked(warehouse, text)
        assert len(before) == 7
        assert asked(warehouse, "select distinct chip from marts.fleet_chip_quarter") != []
    broken = {
        "chip_sale": given.sales([row | {"Number of Units": "1,000"} for row in given.timelines()]),
        "chip_holding": given.owners(skipped=["Meta"]),
        "cluster": b"<html><body>Maintenance</body></html>",
    }
    later = datetime(2026, 12, 1, 12, tzinfo=UTC)
    failed = have(own_job, broken, later)
    assert len(failed) == 3
    assert "(7 rows do not fit: timelines_by_chip.csv: Number of Units: not a plain" in failed[0]
    build.build(own_job)
    with opening.open_warehouse(own_job) as warehouse:
        assert asked(warehouse, text) == before

"""What Epoch AI publishes of the supply: sales, owners, clusters and data centres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import SchemaError
from pipeline.extract import csv_rows, epoch_archive, epoch_chips, epoch_reviews, epoch_sites
from pipeline.extract.documents import Document
from pipeline.form import CSV, ZIP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.source import Entity

ENTITIES: Mapping[str, Entity] = {**epoch_chips.ENTITIES, **epoch_sites.ENTITIES}


def _of_archive(gate: Callable[[Sequence[str]], str | None]) -> Callable[[Any], str | None]:
    """What is wrong with the files of an archive: none of them is a table that is understood."""

    def judge(files: Mapping[str, bytes]) -> str | None:
        try:
            epoch_archive.sort(files, gate)
        except SchemaError as error:
            return str(error)
        return None

    return judge


# Estimates are revised every few weeks. A day that is missed is made up for on the next.
DOCUMENTS = (
    Document(
        dataset="chip_sale",
        title="AI chip sales",
        entities=("chip_sale",),
        path=("data", "ai_chip_sales.zip"),
        form=ZIP,
        gate=_of_archive(epoch_chips.IS_SALES),
        every_days=7,
        review=epoch_reviews.supply(ENTITIES["chip_sale"]),
    ),
    Document(
        dataset="chip_holding",
        title="AI chip owners",
        entities=("chip_holding",),
        path=("data", "ai_chip_owners.zip"),
        form=ZIP,
        gate=_of_archive(epoch_chips.IS_HOLDINGS),
        every_days=7,
        review=epoch_reviews.supply(ENTITIES["chip_holding"]),
    ),
    Document(
        dataset="cluster",
        title="GPU clusters",
        entities=("cluster",),
        path=("data", "gpu_clusters.csv"),
        form=CSV,
        gate=csv_rows.gate(epoch_sites.CLUSTER),
        every_days=7,
        review=epoch_sites.review_clusters,
    ),
    Document(
        dataset="data_center",
        title="Frontier data centers",
        entities=("data_center",),
        path=("data", "data_centers", "data_centers.csv"),
        form=CSV,
        gate=csv_rows.gate(epoch_sites.DATA_CENTER),
        every_days=7,
    ),
    Document(
        dataset="data_center_timeline",
        title="Frontier data centers, timelines",
        entities=("data_center_timeline",),
        path=("data", "data_centers", "data_center_timelines.csv"),
        form=CSV,
        gate=csv_rows.gate(epoch_sites.TIMELINE),
        every_days=7,
    ),
    Document(
        dataset="data_center_chip",
        title="Frontier data centers, chip quantities",
        entities=("data_center_chip",),
        path=("data", "data_centers", "data_centers_chip_quantities.csv"),
        form=CSV,
        gate=csv_rows.gate(epoch_sites.SITE_CHIP),
        every_days=7,
    ),
)

"""A good answer for every document of every publisher, small, in the documented shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.extract import epoch_sites
from tests import epoch  # noqa: TID251 - its archives
from tests.extract import test_epoch_hardware, test_sec, test_stooq  # noqa: TID251 - their tables
from tests.test_rental_sources import SKY, archive  # noqa: TID251 - its catalogues

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.extract.csv_rows import Field

_NETWORKS = Path(__file__).with_name("data") / "networks"
_CELLS = {"String": "x", "Int64": "1", "Float64": "1", "Date": "2026-01-31", "Boolean": "True"}


def answers(source: str) -> dict[str, bytes]:
    """What a publisher's host says, by path without its beginning."""
    match source:
        case "epoch":
            return _epoch()
        case "dstack":
            provider = "lambdalabs"
            return {
                f"v3/{provider}/version": b"20261123-7\n",
                f"v3/{provider}/20261123-7/catalog.zip": archive(provider),
            }
        case "skypilot":
            folder = "skypilot-org/skypilot-catalog/master/catalogs/v8"
            return {f"{folder}/{cloud}/vms.csv": text.encode() for cloud, text in SKY.items()}
        case "sec":
            return {
                f"api/xbrl/companyfacts/CIK{cik:010}.json": json.dumps(
                    test_sec.facts([test_sec.QUARTER], cik=cik)
                ).encode()
                for cik in (1045810, 2488)
            }
        case "stooq":
            return {"": test_stooq.HISTORY}
    listed = json.loads((_NETWORKS / f"{source}.json").read_text())
    return {path.removeprefix("/"): json.dumps(value).encode() for path, value in listed.items()}


def _epoch() -> dict[str, bytes]:
    sites = "data/data_centers"
    return {
        "data/ml_hardware.csv": test_epoch_hardware.table(test_epoch_hardware.OTHER.format(n=1)),
        "data/ai_chip_sales.zip": epoch.sales(),
        "data/ai_chip_owners.zip": epoch.owners(),
        "data/gpu_clusters.csv": table(epoch_sites.CLUSTER),
        f"{sites}/data_centers.csv": table(epoch_sites.DATA_CENTER),
        f"{sites}/data_center_timelines.csv": table(epoch_sites.TIMELINE),
        f"{sites}/data_centers_chip_quantities.csv": table(epoch_sites.SITE_CHIP),
    }


def table(fields: Sequence[Field]) -> bytes:
    """A CSV file with one row, each cell of the kind that is wanted there."""
    names = [field.keys[0] for field in fields]
    cells = [_CELLS[type(field.kind.dtype).__name__] for field in fields]
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in (names, cells)).encode()

"""The peer: dlt's REST source from the same server into a DuckDB file of its own.

Runs in the environment of requirements-bench.lock: ``python dlt_market_pages.py URL KEY FILE``.
"""

import os
import sys
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
from dlt.sources.rest_api import rest_api_resources

# Without these, dlt splits a measure over two columns wherever it comes as 1 and as 1.5.
MEASURES = (
    "current_price",
    "market_cap",
    "fully_diluted_valuation",
    "total_volume",
    "high_24h",
    "low_24h",
    "price_change_24h",
    "price_change_percentage_24h",
    "market_cap_change_24h",
    "market_cap_change_percentage_24h",
    "circulating_supply",
    "total_supply",
    "max_supply",
    "ath",
    "ath_change_percentage",
    "atl",
    "atl_change_percentage",
)


def main(url: str, key: str, file: Path) -> None:
    """Load every page of the category into ``file``."""
    resources = rest_api_resources(
        {
            "client": {"base_url": url, "headers": {"x-cg-demo-api-key": key}},
            "resources": [
                {
                    "name": "market",
                    "columns": {name: {"data_type": "double"} for name in MEASURES},
                    "endpoint": {
                        "path": "coins/markets",
                        "params": {
                            "vs_currency": "usd",
                            "category": "artificial-intelligence",
                            "per_page": 250,
                        },
                        "paginator": {
                            "type": "page_number",
                            "base_page": 1,
                            "total_path": None,
                            "stop_after_empty_page": True,
                        },
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        pipeline_name="market_pages",
        pipelines_dir=str(file.parent / "pipelines"),
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="market",
    )
    pipeline.run(resources)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))

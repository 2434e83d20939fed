"""The package as others install it: a wheel in an environment of its own, beside folders of other people."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.config import files

ROOT = Path(__file__).parents[2]


def ran(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A program to its end, without this checkout on its path."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MONITOR"))}
    return subprocess.run(  # noqa: S603  the programs of this environment
        [str(word) for word in words], cwd=cwd, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as a release is, without the network."""
    folder = tmp_path_factory.mktemp("dist")
    done = ran(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a new environment: the wheel inside, its dependencies borrowed from this one.

    Beside the package stand folders called `templates`, `config` and `monitor.yaml` that belong to somebody else.
    """
    home = tmp_path_factory.mktemp("environment")
    assert ran(sys.executable, "-m", "venv", "--without-pip", home, cwd=home).returncode == 0
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    done = ran(*pip, "--disable-pip-version-check", wheel, cwd=home)
    assert done.returncode == 0, done.stderr
    (site,) = home.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    for foreign in ("templates/digest/body.html", "templates/pages/base.html", "config/monitor.yaml", "pyproject.toml"):
        (site / foreign).parent.mkdir(parents=True, exist_ok=True)
        (site / foreign).write_text("{{ this belongs to somebody else\n", encoding="utf-8")
    return home / "bin"


def test_the_wheel_holds_what_the_package_needs_and_nothing_else(wheel: Path) -> None:
    """Templates and the starting configuration are data of the package; no tests, no tools."""
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.split("/")[0] for name in names}
    assert folders == {"monitor", next(name for name in folders if name.endswith(".dist-info"))}
    for folder in ("templates", "config"):
        wanted = {path.relative_to(ROOT / folder).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        held = {name.removeprefix(f"monitor/_{folder}/") for name in names if name.startswith(f"monitor/_{folder}/")}
        assert held == wanted


def test_the_demo_runs_from_the_wheel_and_reads_only_its_own_files(installed: Path, tmp_path: Path) -> None:
    """Digests are rendered with our templates, from our configuration."""
    done = ran(installed / "monitor", "demo", "--folder", "demo", "--until", "2009-11-30", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "The demo is done" in done.stdout
    assert (tmp_path / "demo" / "index.html").is_file()
    assert not list(tmp_path.rglob("*somebody else*"))


def test_a_configuration_starts_and_is_checked_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    """The one that `config` prints is the shipped one."""
    printed = ran(installed / "monitor", "config", "example", cwd=tmp_path)
    assert printed.stdout == (ROOT / "config" / "monitor.yaml").read_text(encoding="utf-8"), printed.stderr
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "monitor.yaml").write_text(files.shipped(), encoding="utf-8")
    (tmp_path / "config" / "subscribers.csv").write_text("address\n", encoding="utf-8")
    done = ran(installed / "monitor", "check", cwd=tmp_path)
    assert (done.returncode, "is valid" in done.stdout) == (0, True), done.stderr + done.stdout


def test_where_the_package_lacks_its_data_no_other_folder_is_taken_for_it(installed: Path, tmp_path: Path) -> None:
    """A damaged installation says so."""
    (data,) = installed.parent.glob("lib/python*/site-packages/monitor/_config")
    data.rename(data.with_name("_gone"))
    try:
        done = ran(installed / "monitor", "config", "example", cwd=tmp_path)
    finally:
        data.with_name("_gone").rename(data)
    assert done.returncode != 0
    assert "somebody else" not in done.stdout
    assert "missing from this installation" in done.stderr

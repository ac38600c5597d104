"""What is installed is what lies here: every package, and the systems one can run."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import caresim

ROOT = Path(__file__).parents[1]
SYSTEMS = {
    path.relative_to(ROOT / "configs").as_posix() for path in (ROOT / "configs").rglob("*") if path.is_file()
}


def build(kind: str, source: Path, target: Path) -> Path:
    """A wheel or sdist of `source`, made by setuptools as pip would, without asking a registry."""
    target.mkdir()
    code = f"from setuptools import build_meta; print(build_meta.build_{kind}({str(target)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel built from an sdist, so that both hold all there is."""
    folder = tmp_path_factory.mktemp("packaging")
    copy = folder / "checkout"
    # Nothing that was built before may get in.
    ignored = shutil.ignore_patterns("build", "*.egg-info", ".*", "__pycache__", "results", "tests", "venv")
    shutil.copytree(ROOT, copy, ignore=ignored)
    sdist = build("sdist", copy, folder / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    return build("wheel", next((folder / "unpacked").iterdir()), folder / "wheel")


def test_every_package_is_named_in_setup_cfg():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    named = set(settings["options"]["packages"].split())
    here = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in sorted((ROOT / "caresim").rglob("__init__.py"))
    }
    assert named == here | {"caresim.systems"}


def test_a_wheel_holds_every_module_and_every_system(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "caresim").rglob("*.py")}
    assert modules <= names
    assert {f"caresim/systems/{name}" for name in SYSTEMS} <= names
    assert {"caresim/report/page.html", "caresim/py.typed"} <= names


def test_init_works_from_a_wheel(wheel, tmp_path):
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    code = (
        "import caresim, sys; from caresim.cli.main import main\n"
        f"assert caresim.__file__.startswith({str(installed)!r}), caresim.__file__\n"
        "main(['init', 'mine', '--from', 'one_ward'])"
    )
    env = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mine.yaml").read_bytes() == (ROOT / "configs" / "one_ward.yaml").read_bytes()


def test_every_public_name_can_be_imported():
    for name in caresim.__all__:
        assert getattr(caresim, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        caresim.nothing  # noqa: B018


def test_importing_caresim_loads_nothing_heavy():
    code = "import sys, caresim; assert not {'pandas', 'numpy', 'simpy'} & set(sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(Path(caresim.__file__).parent.parent)}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)

"""What is installed: a wheel and an sdist that hold every module, and a program that works from them anywhere."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
ROOMS = ("flows", "io", "schemas")
SOURCES = ("pyproject.toml", "README.md", "MANIFEST.in", "data_samples", *ROOMS)


def run(*words: object, cwd: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    command = [str(word) for word in words]
    return subprocess.run(command, cwd=cwd, env=kept | environ, capture_output=True, text=True, check=False)


def list_modules(source: Path) -> set[str]:
    """Every file that the package must hold, by its place in it."""
    return {
        f"straitsx_bulk/{path.relative_to(source)}"
        for room in ROOMS
        for path in (source / room).rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built, so that building leaves nothing in the checkout."""
    copy = tmp_path_factory.mktemp("packaging") / "source"
    copy.mkdir()
    for name in SOURCES:
        path = CHECKOUT / name
        if path.is_dir():
            shutil.copytree(path, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            shutil.copy(path, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """The wheel."""
    out = source.with_name("wheel")
    build = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", out, source)
    built = run(*build, cwd=source, HOME=str(source.parent))
    assert built.returncode == 0, built.stdout + built.stderr
    [path] = out.glob("straitsx_bulk-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The scripts' folder of a fresh environment with the wheel, and this environment's libraries."""
    place = wheel.parent.with_name("fresh")
    made = run(sys.executable, "-m", "venv", "--without-pip", place, cwd=wheel.parent)
    assert made.returncode == 0, made.stderr
    python = place / "bin" / "python"
    [site] = place.glob("lib/python*/site-packages")
    # A path in a .pth file is no site folder of its own: this environment's editable install is not carried along.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = (sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    done = run(*install, cwd=wheel.parent, HOME=str(wheel.parent))
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "bin"


def test_the_wheel_holds_every_module_and_sample_and_nothing_else(source: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    assert {name for name in names if name.startswith("straitsx_bulk/")} == list_modules(source)
    samples = {name.rpartition("/")[2] for name in names if "/share/straitsx-bulk/data_samples/" in name}
    assert samples == {path.name for path in (CHECKOUT / "data_samples").iterdir()}
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"straitsx_bulk"}


def test_the_sdist_builds_the_same_wheel(source: Path, wheel: Path) -> None:
    out = source.with_name("sdist")
    build = "import setuptools.build_meta as backend, sys; backend.build_sdist(sys.argv[1])"
    built = run(sys.executable, "-c", build, out, cwd=source)
    assert built.returncode == 0, built.stderr
    [path] = out.glob("straitsx_bulk-*.tar.gz")
    assert run("tar", "-xzf", path, cwd=out).returncode == 0
    again = source.with_name("wheel-of-sdist")
    build_wheel = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", again)
    done = run(*build_wheel, path.with_name(path.name.removesuffix(".tar.gz")), cwd=out, HOME=str(source.parent))
    assert done.returncode == 0, done.stdout + done.stderr
    [second] = again.glob("*.whl")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(second) as other:
        assert set(other.namelist()) == set(one.namelist())


def test_the_installed_program_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    program = installed / "straitsx-bulk"
    assert run(program, "--version", cwd=tmp_path).stdout.startswith("straitsx-bulk ")
    asked = "import straitsx_bulk.flows.cli as c, straitsx_bulk.io.sandbox.api as a; print(c.__file__, a.__file__)"
    places = run(installed / "python", "-c", asked, cwd=tmp_path).stdout.split()
    assert [Path(place).is_relative_to(installed.parent) for place in places] == [True, True]


def test_the_installed_program_checks_and_shows_the_demo_from_another_folder(installed: Path, tmp_path: Path) -> None:
    program = installed / "straitsx-bulk"
    for words, code in ((("validate", CHECKOUT / "data_samples" / "legacy_users.csv"), 3), (("demo",), 0)):
        ended = run(program, *words, cwd=tmp_path, HOME=str(tmp_path))
        assert (ended.returncode, "rejected: " in ended.stderr) == (code, True), ended.stderr

"""Installed as a wheel, protogen is whole: its templates, examples and default settings are inside."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUEST = "description: |\n  Rope & Tar mends sails and ropes at 3 Harbour Row, Whitby. Call 01947 496 012.\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked as pip would lay it into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", folder, ROOT], check=True, capture_output=True, timeout=240)
    (built,) = folder.glob("protogen-*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def test_a_wheel_makes_a_home_and_a_site_by_itself(wheel: Path, tmp_path: Path) -> None:
    """`init` and `generate` run from the wheel alone, far from the checkout, and the site passes its own gate."""
    (tmp_path / "request.yaml").write_text(REQUEST, "utf-8")
    run(wheel, tmp_path, "init", "home")
    assert (tmp_path / "home" / "config.yaml").is_file()
    run(wheel, tmp_path, "generate", "request.yaml", "-o", "site", "--home", "home")
    assert "Rope &amp; Tar" in (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "passes" in run(wheel, tmp_path, "check", "site")


def test_a_wheel_carries_the_examples_that_try_needs(wheel: Path) -> None:
    """The example requests are in it."""
    assert list((wheel / "protogen" / "examples").glob("*.yaml"))


def run(wheel: Path, folder: Path, *arguments: str) -> str:
    """What a command of the wheel prints; it must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(wheel), "PROTOGEN_LLM_PROVIDER": "none"}
    command = [sys.executable, "-m", "protogen", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    where = subprocess.run(
        [sys.executable, "-c", "import protogen; print(protogen.__file__)"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(wheel))
    return done.stdout

"""deploy/: what it holds is valid to the programs that read it, and agrees with the code."""

from __future__ import annotations

import configparser
import re
import subprocess
from pathlib import Path

import pytest

from protogen.cli import app
from tools.missing import ROOT, program

DEPLOY = ROOT / "deploy"
UNITS = sorted(path for path in (DEPLOY / "systemd").iterdir() if path.suffix in (".service", ".timer"))
MOST_EXPOSED = 20  # of 100, by systemd-analyze(1); it calls 50 medium


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


@pytest.fixture
def analyze() -> str:
    return program(["systemd-analyze"], "systemd")


def installed(tmp_path: Path) -> list[Path]:
    """The units as they would be where protogen is installed: with a program that is there."""
    units = []
    for unit in UNITS:
        copy = tmp_path / unit.name
        copy.write_text(unit.read_text("utf-8").replace("/opt/protogen/bin/protogen", "/bin/true"), "utf-8")
        units.append(copy)
    return units


def test_systemd_takes_the_units(analyze: str, tmp_path: Path) -> None:
    """Without a warning."""
    done = run(analyze, "verify", "--man=no", *installed(tmp_path))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_finds_what_is_wrong_in_a_unit(analyze: str, tmp_path: Path) -> None:
    """The check above can fail."""
    wrong = tmp_path / "wrong.service"
    wrong.write_text((DEPLOY / "systemd" / "protogen.service").read_text("utf-8") + "WatchdogSecs=1\n")
    assert "WatchdogSecs" in run(analyze, "verify", "--man=no", wrong).stderr


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda u: u.name)
def test_the_services_are_hardened(analyze: str, unit: Path) -> None:
    """By systemd's own measure."""
    done = run(analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", unit)
    assert done.returncode == 0, done.stdout[-200:]


def test_the_service_is_watched_and_bounded() -> None:
    """Every setting that the operating guide promises."""
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=", comment_prefixes="#")
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "systemd" / "protogen.service")
    wanted = {
        "Type": "notify",
        "Restart": "on-failure",
        "KillMode": "mixed",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "PrivateTmp": "yes",
        "MemoryMax": "4500M",
    }
    assert {name: unit["Service"][name] for name in wanted} == wanted
    assert unit["Service"]["WatchdogSec"]
    assert "/srv/protogen" in unit["Service"]["ReadWritePaths"]


def test_each_timer_starts_a_command_that_there_is() -> None:
    """And one that may be taken out of `upkeep`."""
    commands = {
        command.name or (command.callback and command.callback.__name__)
        for group in app.registered_groups
        for command in (group.typer_instance.registered_commands if group.typer_instance else [])
    }
    for unit in (unit for unit in UNITS if unit.suffix == ".timer"):
        found = re.search(r"^Unit=protogen-task@([a-z]+)\.service$", unit.read_text("utf-8"), re.MULTILINE)
        assert found
        assert found[1] in commands
        assert unit.name == f"protogen-{found[1]}.timer"

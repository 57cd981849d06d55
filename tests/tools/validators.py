"""The Nu HTML Checker (https://validator.github.io/validator/) and axe-core as functions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tools.missing import node_file, program

AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_AXE_RUN = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})"

Vnu = Callable[[Iterable[Path]], list[str]]
Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="session")
def vnu() -> Vnu:
    """`nu_errors` as a fixture."""
    return nu_errors


@pytest.fixture(scope="session")
def axe() -> Axe:
    """`axe_violations` as a fixture."""
    return axe_violations


def nu_errors(paths: Iterable[Path]) -> list[str]:
    """The errors in these HTML, CSS and SVG files; a folder stands for all that it holds."""
    java = program(["java"], "default-jre-headless")
    jar = node_file("vnu-jar/build/dist/vnu.jar")
    files = _files(paths)
    assert files, "nothing to validate: no HTML, CSS or SVG file under these paths"
    flags = ["--format", "json", "--stdout", "--exit-zero-always", "--errors-only"]
    also = ["--also-check-css", "--also-check-svg"]
    command = [java, "-Xss4m", "-jar", str(jar), *flags, *also, *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    return [_line(message) for message in json.loads(run.stdout)["messages"]]


def axe_violations(page: Page) -> list[str]:
    """Violations of WCAG A, AA and of best practice on the open page, one line each."""
    source = node_file("axe-core/axe.min.js").read_text("utf-8")
    page.evaluate(source + "\n;undefined")
    result = page.evaluate(_AXE_RUN, list(AXE_TAGS))
    assert result["passes"], "axe found nothing to look at: is the page empty?"
    return [_violation(violation) for violation in result["violations"]]


def _files(paths: Iterable[Path]) -> Sequence[Path]:
    files: list[Path] = []
    for path in paths:
        assert path.exists(), f"{path} does not exist"
        inside = (p for p in path.rglob("*") if p.suffix in {".html", ".css", ".svg"})
        files += sorted(inside) if path.is_dir() else [path]
    return files


def _line(message: dict[str, Any]) -> str:
    name = Path(message.get("url", "").removeprefix("file:")).name
    return f"{name}:{message.get('lastLine', '?')}: {message['message']} {message.get('extract', '')!r}"


def _violation(violation: dict[str, Any]) -> str:
    where = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}: {where}"

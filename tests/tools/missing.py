"""What happens when a tool of the tests is not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE_MODULES = ROOT / ".tools" / "node_modules"


def program(names: Iterable[str], package: str) -> str:
    """The first of `names` that is installed; else the test ends, naming Debian's `package`."""
    names = tuple(names)
    for name in names:
        found = (
            shutil.which(name, path=str(ROOT / ".tools"))
            or shutil.which(name)
            or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        )
        if found:
            return found
    missing(f"{names[0]} is not installed: run `make tools`, or `apt-get install {package}`.")


def node_file(path: str) -> Path:
    """A file of an npm package in .tools/; else the test ends, saying how to get it."""
    file = NODE_MODULES / path
    if file.is_file():
        return file
    missing(f"{path.split('/')[0]} is not in .tools/: run `make tools`.")


def missing(message: str) -> NoReturn:
    """Skip on a person's machine; fail where CI is set, so that a green run has run everything."""
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)

"""RESULTS.md: one section a bench, each replaced by its own bench alone."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from protogen import __version__

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"


def write_section(title: str, lines: Iterable[str], file: Path = RESULTS) -> str:
    """Put a section into RESULTS.md, in place of the one of that title or at the end; gives its text."""
    text = "\n".join([f"## {title}", "", where(), "", *lines]).rstrip() + "\n"
    before = file.read_text("utf-8") if file.exists() else "# Results\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    known = pattern.search(before)
    after = pattern.sub(lambda _: text + "\n", before) if known else f"{before.rstrip()}\n\n{text}"
    file.write_text(after.rstrip() + "\n", "utf-8")
    return text


def where() -> str:
    """What a figure depends on: version, machine, day."""
    return f"protogen {__version__}, {os.cpu_count()} cores ({platform.machine()}), {datetime.now(UTC):%Y-%m-%d}."


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table, the first column to the left, the others to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]

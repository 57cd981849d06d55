"""Looks at all that the kit can say: every kind, variant, direction, filling and width, in Chromium and by Nu.

`python -m bench.gallery [--kinds a,b] [--directions a,b] [--workers N]` prints a line a direction and every fault;
the exit code is 1 where there is one. Only a look at all of it is written to RESULTS.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from bench.results import write_section
from protogen.checks.gate import check_folder
from protogen.gallery import all_pages, direction_files
from protogen.site.directions import DIRECTIONS
from protogen.site.kit import KINDS
from tools.browser import chromium
from tools.looks import contrast_faults, layout_faults, stretch
from tools.validators import axe_violations, nu_errors

WIDTHS = (360, 768, 1280)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at in one direction: pages, views (a page at a width), seconds, faults with their place."""

    direction: str
    pages: int
    views: int
    seconds: float
    faults: tuple[str, ...]


def look(direction: str, kinds: Sequence[str], folder: Path) -> Seen:
    """Make one direction's part of the gallery and look at each of its pages."""
    started = time.monotonic()
    wanted = {name: parts for name, parts in all_pages().items() if parts[0][0] in kinds}
    root = folder / direction
    for name, data in direction_files(direction, wanted):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    faults = [f"nu: {error}" for error in nu_errors([root])]
    faults += [f"gate: {problem}" for problem in check_folder(root)]
    with chromium() as browser:
        for name in wanted:
            for width in WIDTHS:
                dark = width == 768
                context = browser.new_context(
                    viewport={"width": width, "height": 800},
                    color_scheme="dark" if dark else "light",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                console: list[str] = []
                page.on("pageerror", lambda error, console=console: console.append(str(error)))
                page.on(
                    "console",
                    lambda said, console=console: console.append(said.text) if said.type == "error" else None,
                )
                page.goto(f"file://{root / name}.html")
                page.evaluate("document.fonts.ready.then(() => null)")
                found = [f"console: {text}" for text in console]
                # A page of one kind in each variant has landmarks of one name, as no customer's page has.
                found += [f"axe: {v}" for v in axe_violations(page) if not v.startswith("landmark-unique")]
                stretch(page, width)
                found += layout_faults(page)
                page.set_viewport_size({"width": width, "height": 800})
                found += contrast_faults(page)
                faults += [f"{name} at {width}: {fault}" for fault in found]
                context.close()
    seconds = time.monotonic() - started
    return Seen(direction, len(wanted), len(wanted) * len(WIDTHS), seconds, tuple(faults))


def looks(directions: Sequence[str], kinds: Sequence[str], workers: int) -> Iterator[Seen]:
    """`look` at each direction, `workers` at a time."""
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(look, direction, kinds, Path(folder)) for direction in directions]
        for job in jobs:
            yield job.result()


def main() -> int:
    """Look at what was asked for; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--directions", default=",".join(DIRECTIONS))
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    kinds = arguments.kinds.split(",")
    directions = arguments.directions.split(",")
    total: Counter[str] = Counter()
    lines = []
    for seen in looks(directions, kinds, arguments.workers):
        lines += _lines(seen)
        print("\n".join(_lines(seen)), flush=True)
        total.update(pages=seen.pages, views=seen.views, faults=len(seen.faults))
    variants = sum(len(KINDS[kind].variants) for kind in kinds)
    lines.append(
        f"{len(kinds)} kinds, {variants} variants, 3 fillings: {total['pages']} pages, {total['views']} views, "
        f"{total['faults']} faults"
    )
    print(lines[-1])
    if set(kinds) == set(KINDS) and set(directions) == set(DIRECTIONS):
        write_section("All that the kit can say", ["```", *lines, "```"])
    return 1 if total["faults"] else 0


def _lines(seen: Seen) -> list[str]:
    head = f"{seen.direction:<10} {seen.pages:4} pages {seen.views:5} views {seen.seconds:6.0f} s"
    return [
        f"{head} {len(seen.faults):4} faults",
        *(f"  {fault[:300]}" for fault in dict.fromkeys(seen.faults)),
    ]


if __name__ == "__main__":
    sys.exit(main())

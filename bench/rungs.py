"""The three rungs of the ladder with the embedded model: `python -m bench.rungs [--cases a b] [--seeds N]`.

The same requests with `markup`, `fields` and `template` as the first rung, each under the usual deadline. By this
table `first_rung` of the embedded model is chosen. Faults are the Nu HTML Checker's and axe-core's, at 360 px.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.pipeline import Made, cases, make, model, settings
from bench.results import table, write_section
from protogen.files import write_tree
from protogen.job import Rung

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from tools.browser import chromium
from tools.serving import serve_folder
from tools.validators import axe_violations, nu_errors

CASES = ("bakery", "plumber", "consultant-voice", "pottery-classes")
HEAD = (
    "first rung", "seconds (median)", "slowest", "tokens written", "markup", "fields", "template", "ai share",
    "facts kept", "removed", "theme", "script", "Nu", "axe",
)  # fmt: skip


def main() -> int:
    """Measure and write; 1 where a site has a fault."""
    parser = argparse.ArgumentParser(prog="bench.rungs", description=__doc__)
    parser.add_argument("--cases", nargs="*", default=list(CASES))
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    known = {name: path for name, path in cases().items() if name in options.cases}
    rows, faults, refused = [], 0, []
    for rung in Rung:
        with model(settings(rung)) as providers:
            made = [
                make(case, path, settings(rung), providers, seed)
                for seed in range(1, options.seeds + 1)
                for case, path in known.items()
            ]
        nu, axe = _faults(made)
        faults += nu + axe
        rows.append(_row(rung, made, nu, axe))
        refused += [f"- {rung}: {line}" for line in _reasons(made)]
        print(rows[-1], flush=True)
    lines = [
        f"{len(known)} requests in English ({', '.join(known)}), {options.seeds} seed(s) each, embedded model. "
        "The columns of the rungs are sections that ended on it.",
        "",
        *table(HEAD, rows),
        "",
        "Why sections fell, and how often:",
        "",
        *refused,
    ]
    print(write_section("The rungs of the ladder", lines))
    return int(faults > 0)


def _row(rung: Rung, made: Sequence[Made], nu: int, axe: int) -> list[object]:
    sections = Counter(s.rung for one in made for s in (one.draft.page.sections if one.draft.page else ()))
    stages = [stage for one in made for stage in one.about["stages"]]
    seconds = sorted(one.seconds for one in made)
    on = {
        name: Counter(str(stage["rung"]) for stage in stages if stage["name"] == name).most_common()
        for name in ("style", "behaviour")
    }
    return [
        str(rung),
        f"{statistics.median(seconds):.1f}",
        f"{seconds[-1]:.1f}",
        sum(stage["completion_tokens"] for stage in stages),
        *(sections[each] for each in Rung),
        f"{statistics.mean(one.about['ai_share'] for one in made):.0%}",
        sum(one.about["facts"]["kept"] for one in made),
        sum(one.about["facts"]["removed"] for one in made),
        *("; ".join(f"{count} {name}" for name, count in on[stage]) for stage in ("style", "behaviour")),
        nu,
        axe,
    ]


def _reasons(made: Sequence[Made]) -> list[str]:
    sections = (s for one in made for s in (one.draft.page.sections if one.draft.page else ()))
    counted = Counter(reason for s in sections for reason in s.reason.split("; ") if reason)
    return [f"{reason}: {count}" for reason, count in counted.most_common()]


def _faults(made: Sequence[Made]) -> tuple[int, int]:
    """Errors of Nu and violations of axe over all pages."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for n, one in enumerate(made):
            assert one.draft.site is not None
            write_tree(root / str(n), one.draft.site.files)
        nu, axe = len(nu_errors([root])), 0
        with serve_folder(root) as address, chromium() as browser:
            for file in sorted(root.glob("*/*.html")):
                page = browser.new_page(viewport={"width": 360, "height": 800})
                page.goto(f"{address}/{file.relative_to(root).as_posix()}")
                axe += len(axe_violations(page))
                page.close()
    return nu, axe


if __name__ == "__main__":
    sys.exit(main())

"""Run every case through a whole `protogen up` with the real model, and write what was measured to RESULTS.md.

The cases are the requests in `examples/` and, where the folder is there, in `../shared/cases/`. Times are the
ledger's own (claim to published). `--runs N` repeats each case; `--only NAME` picks some.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.results import write_section
from protogen.cli import follow
from protogen.config import Settings, WebSettings
from protogen.intake.drop import drop
from protogen.job import Event, Status
from protogen.progress import Spinner
from protogen.site.render import visible_text
from protogen.up import Up

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the measuring tools are the tests' own

from tools.browser import check_site, chromium  # noqa: E402
from tools.validators import axe_violations, nu_errors  # noqa: E402

TITLE = "Every case with the real model"
STAGES = ("brief", "structure", "style", "behaviour", "content")


@dataclass(frozen=True, slots=True)
class Measured:
    """One finished job.

    `seconds` claim to published; `model_seconds` the model's own, reading and writing, as its server says; `missing`
    facts of the request that stand on no page; `refused` words of the model's, by kind of reason.
    """

    case: str
    event: Event
    about: dict[str, Any]
    kinds: tuple[str, ...]
    hero: str
    words: int
    nu: list[str]
    axe: list[str]
    browser: list[str]
    model_seconds: float = 0.0
    written: float = 0.0
    missing: tuple[str, ...] = ()
    refused: tuple[tuple[str, int], ...] = ()

    @property
    def seconds(self) -> float:
        """Claim to published, by the ledger."""
        return self.event.duration_ms / 1000


def main() -> int:
    """Measure and write; 1 where a job did not complete or a site has a fault."""
    options = _options()
    cases = [case for case in _cases() if not options.only or case.stem in options.only]
    with tempfile.TemporaryDirectory(prefix="protogen-bench-") as folder, _system(Path(folder)) as system:
        rows = [_measure(system, case, n) for n in range(options.runs) for case in cases]
        _look(system, rows, options.shots)
    lines = _table(rows, options.runs)
    print("\n".join(lines) if options.only else write_section(TITLE, lines))
    return int(
        any(row.nu or row.axe or row.browser or row.event.status is not Status.COMPLETED for row in rows)
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=1, help="how often each case is run")
    parser.add_argument("--only", nargs="*", default=[], help="names of cases; RESULTS.md is left as it is")
    parser.add_argument("--shots", type=Path, help="a folder for screenshots at 360 and 1280 px")
    return parser.parse_args()


def _cases() -> list[Path]:
    shared = ROOT.parent / "shared" / "cases"
    return sorted((ROOT / "examples").glob("*.yaml")) + sorted(shared.glob("*.yaml"))


@contextmanager
def _system(home: Path) -> Iterator[Up]:
    settings = Settings(home=home, web=WebSettings(port=0))
    with Up(settings, Spinner(Console())) as system:
        yield system


def _measure(system: Up, case: Path, run: int) -> Measured:
    settings = system.settings
    job = drop(_as_new(case, settings, run), settings.inbox_dir, settings.intake)
    event = follow(system.ledger, job, threading.Event(), settings.inbox_dir)
    assert event is not None
    project = system.ledger.project_of(job)
    if project is None:
        return Measured(
            case.stem, event, {"project_id": ""}, (), "", 0, [f"{event.status} {event.error}"], [], []
        )
    site = settings.published_dir / project
    about = json.loads((site / "metadata.json").read_text("utf-8"))
    record = json.loads(system.ledger.submission(job)["record.json"])
    kinds = tuple(section["kind"] for section in record["sections"])
    hero = next((s["variant"] for s in record["sections"] if s["kind"] == "hero"), "")
    words = len(visible_text((site / "index.html").read_text("utf-8")).split())
    answers = [exchange["answer"] for exchange in record["exchanges"] if exchange["answer"]]
    return Measured(
        case.stem,
        event,
        about,
        kinds,
        hero,
        words,
        nu_errors([site]),
        [],
        [],
        sum(answer["prompt_ms"] + answer["write_ms"] for answer in answers) / 1000,
        statistics.fmean(bool(section["written"]) for section in record["sections"]),
        tuple(record["missing"]),
        tuple(record["refused"].items()),
    )


def _as_new(case: Path, settings: Settings, run: int) -> Path:
    """The case under a submission id of its own at each run, since the same id is the same job."""
    if run == 0:
        return case
    lines = [line for line in case.read_text("utf-8").splitlines() if not line.startswith("submission_id:")]
    copy = settings.run_dir / case.name
    copy.write_text("\n".join([f"submission_id: bench-{case.stem}-{run}", *lines, ""]), "utf-8")
    return copy


def _look(system: Up, rows: Sequence[Measured], shots: Path | None) -> None:
    """Open every page of every site in Chromium; when all jobs are done, so that it takes nothing from the model."""
    with chromium() as browser:
        for row in rows:
            project = row.about["project_id"]
            site = system.settings.published_dir / project
            for file in sorted(site.glob("*.html")) if project else ():
                page = browser.new_page()
                row.browser.extend(check_site(page, f"{system.web.site_url(project)}{file.name}").faults)
                row.axe.extend(axe_violations(page))
                if shots:
                    _shoot(page, shots, f"{row.case}-{file.stem}")
                page.close()


def _shoot(page: Any, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


def _table(rows: Sequence[Measured], runs: int) -> list[str]:
    seconds = sorted(row.seconds for row in rows)
    return [
        "Seconds are the ledger's own, claim to published; tokens as the server counts them. `above` is the share",
        "of sections above `template`, `written` that of sections with words of the model's (the others above stand",
        "under a heading of its choice), `ai share` that of visible words that are the model's alone. Faults are",
        "errors of the Nu HTML Checker over every HTML, CSS and SVG file, axe-core violations (WCAG A, AA, best",
        "practice), and in Chromium at 360 px: console errors, requests that leave the site, sideways scroll.",
        "`wall / model` is the whole time over the model's own, reading and writing, as its server says.",
        "",
        "| case | seconds | "
        + " | ".join(STAGES)
        + " | tokens in + out | sections | above | written | words | ai share | facts kept | "
        "refused | wall / model | kB | Nu | axe | browser |",
        "| --- |" + " ---: |" * (len(STAGES) + 13),
        *map(_row, rows),
        "",
        f"Median {statistics.median(seconds):.1f} s, 95th percentile {_percentile(seconds, 95):.1f} s, slowest "
        f"{seconds[-1]:.1f} s over {len(rows)} jobs "
        f"({runs} run{'s' if runs > 1 else ''} each); "
        f"{sum(r.event.status is Status.COMPLETED for r in rows)} completed, "
        f"{sum(r.event.attempt == 1 for r in rows)} at the first attempt.",
        "",
        f"Wall time over the model's own, all jobs together: {_ratio(rows):.3f}.",
        "",
        f"Words of the model's refused: {_refused(rows)}.",
        "",
        *(f"- {row.case}: {fault}" for row in rows for fault in (*row.nu, *row.axe, *row.browser)),
        *(f"- {row.case}: not on the page: {fact}" for row in rows for fact in row.missing),
        "",
        "The order of sections and the hero of each:",
        "",
        *(f"- {row.case}: {row.hero} hero; {', '.join(row.kinds)}" for row in rows),
    ]


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest rank: the smallest value that so many percent do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _ratio(rows: Sequence[Measured]) -> float:
    asked = [row for row in rows if row.model_seconds]
    return sum(row.seconds for row in asked) / max(0.001, sum(row.model_seconds for row in asked))


def _refused(rows: Sequence[Measured]) -> str:
    kinds: Counter[str] = Counter()
    for row in rows:
        kinds.update(dict(row.refused))
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none"


def _row(row: Measured) -> str:
    stages = {stage.name: stage for stage in row.event.stages}
    times = [
        f"{stages[name].ms / 1000:.1f} {stages[name].rung}" if name in stages else "–" for name in STAGES
    ]
    tokens = f"{sum(s.prompt_tokens for s in stages.values())} + {sum(s.completion_tokens for s in stages.values())}"
    facts = row.about.get("facts", {})
    cells = [
        row.case,
        f"{row.seconds:.1f}",
        *times,
        tokens,
        str(len(row.kinds)),
        f"{row.about.get('ai_sections', 0):.0%}",
        f"{row.written:.0%}",
        str(row.words),
        f"{row.about.get('ai_share', 0):.0%}",
        f"{facts.get('kept', 0)} of {facts.get('of', 0)}",
        str(facts.get("removed", 0)),
        f"{row.seconds / row.model_seconds:.2f}" if row.model_seconds else "–",
        f"{row.event.size / 1000:.0f}",
        *(str(len(faults)) for faults in (row.nu, row.axe, row.browser)),
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())

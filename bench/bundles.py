"""Rich requests with the real models, one after another in a running `protogen up`: `python -m bench.bundles`.

Measured are claim to published by the ledger, the memory of all processes together (proportional set size, sampled),
the facts that stand on the page in a section where they belong, and what a phone fetches of the page with pictures.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import turbohtml
import yaml

from bench.mixed import System, follow, opened
from bench.results import table, write_section
from protogen.config import Settings, load
from protogen.intake.attachments import read_attachments
from protogen.intake.drop import write_drop
from protogen.job import Event, Status
from protogen.ledger import Ledger
from protogen.site.render import visible_text
from protogen.submission import Submission

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the bundles and the browser are the tests' own

from tools.browser import chromium  # noqa: E402
from tools.bundles import Bundle, bundles  # noqa: E402
from tools.serving import serve_folder  # noqa: E402

MOST_SECONDS = 120.0
MOST_BYTES = 4_500_000_000
MOST_FETCHED = 500_000
SAMPLE_SECONDS = 1.0
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
}


@dataclass(frozen=True, slots=True)
class Made:
    """One bundle, and what became of it; `missing` are facts and pictures that are not where they belong."""

    bundle: Bundle
    event: Event
    peak: int
    attachments_ms: int
    missing: tuple[str, ...]
    invented: tuple[str, ...]
    notes: int
    fetched: int


def main() -> int:
    """Measure and write; 1 where a bundle misses something."""
    parser = argparse.ArgumentParser(prog="bench.bundles", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="names of bundles; RESULTS.md is left as it is")
    parser.add_argument("--keep", type=Path, help="a folder for screenshots")
    options = parser.parse_args()
    chosen = [each for each in bundles() if not options.only or each.name in options.only]
    with tempfile.TemporaryDirectory(prefix="protogen-bundles-") as folder:
        home = Path(folder)
        (home / "config.yaml").write_text(yaml.safe_dump({"web": {"port": 0}}), "utf-8")
        settings = load(home / "config.yaml", {})
        system = System(home)
        try:
            made = [_made(system, settings, opened(settings), bundle, options.keep) for bundle in chosen]
        finally:
            system.stop()
    lines = _lines(made)
    print("\n".join(lines) if options.only else write_section("Rich requests", lines))
    return int(
        any(
            each.missing
            or each.invented
            or each.event.status is not Status.COMPLETED
            or each.event.duration_ms > MOST_SECONDS * 1000
            or each.peak > MOST_BYTES
            for each in made
        )
    )


def _made(system: System, settings: Settings, ledger: Ledger, bundle: Bundle, keep: Path | None) -> Made:
    with memory(system) as peak:
        fields = {"description": bundle.description, "name": "Ema Example"}
        job = write_drop(fields, settings.inbox_dir, bundle.files, bundle.voice)
        event = follow(system, ledger, job)
    project = ledger.project_of(job)
    if project is None:
        return Made(bundle, event, max(peak), 0, ("the whole site",), (), 0, 0)
    site = settings.published_dir / project
    kept = ledger.submission(job)
    record = json.loads(kept["record.json"])
    page = turbohtml.parse((site / "index.html").read_text("utf-8"))
    texts = dict(_sections(page))
    asked = Submission(job, description=bundle.description, files=bundle.files)
    said = read_attachments(asked).submission.description
    said += kept.get("transcripts.json", b"").decode()
    numbers = {number for text in texts.values() for number in re.findall(r"\d{2,}", text)}
    seconds = event.duration_ms - sum(stage.ms for stage in event.stages)
    print(f"{bundle.name:18} {event.status} {event.duration_ms / 1000:.1f} s", flush=True)
    return Made(
        bundle,
        event,
        max(peak),
        seconds,
        tuple(_missing(bundle, texts, page)),
        tuple(sorted(number for number in numbers if number not in re.sub(r"[\s.-]", "", said))),
        len(record["notes"]),
        _fetched(site, keep, bundle.name) if bundle.pictures else 0,
    )


def _sections(page: turbohtml.Node) -> Iterator[tuple[str, str]]:
    """(kind, words) of each section of a page; sections of one kind together."""
    texts: dict[str, str] = {}
    for section in page.select("section.section"):
        kind = re.search(r"section--(\w+)", " ".join(section.attrs.get("class") or ()))
        text = visible_text(section.html).replace("\u00a0", " ").replace("-", " ")
        texts[kind[1] if kind else ""] = f"{texts.get(kind[1] if kind else '', '')} {text}"
    yield from texts.items()


def _missing(bundle: Bundle, texts: dict[str, str], page: turbohtml.Node) -> Iterator[str]:
    for fact, kinds in bundle.facts:
        if not any(fact.casefold() in texts.get(kind, "").casefold() for kind in kinds):
            yield fact
    for picture, kinds in bundle.pictures:
        shown = (
            str(image.attrs.get("src") or "")
            for kind in kinds
            for image in page.select(f"section.section--{kind} img.art--photo")
        )
        if not any(f"/{picture}-" in src for src in shown):
            yield picture


@contextmanager
def memory(system: System) -> Iterator[list[int]]:
    """Bytes that all processes of the system hold together, sampled while the block runs."""
    seen, done = [0], threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            with suppress(psutil.Error):
                parent = psutil.Process(system.process.pid)
                held = 0
                for process in (parent, *parent.children(recursive=True)):
                    with suppress(psutil.Error):
                        held += process.memory_full_info().pss
                seen.append(held)

    watcher = threading.Thread(target=sample, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def _fetched(site: Path, keep: Path | None, name: str) -> int:
    """Bytes of all that a phone fetches of the first page, down to its end."""
    with chromium() as browser, serve_folder(site) as address:
        page = browser.new_context(**PHONE).new_page()
        sizes: list[int] = []
        page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        page.goto(f"{address}/index.html")
        for image in page.locator("img").all():
            image.scroll_into_view_if_needed()
            image.evaluate("image => image.decode().catch(() => {})")
        page.wait_for_load_state("networkidle")
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=keep / f"{name}-phone.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.screenshot(path=keep / f"{name}-desktop.png", full_page=True)
        return sum(sizes)


def _lines(made: Sequence[Made]) -> list[str]:
    rows = [
        (
            each.bundle.name,
            f"{each.event.duration_ms / 1000:.1f}",
            f"{each.attachments_ms / 1000:.1f}",
            f"{each.peak / 1e9:.2f}",
            _share([name for name, _ in each.bundle.facts], each.missing),
            _share([name for name, _ in each.bundle.pictures], each.missing),
            len(each.invented),
            f"{each.notes} of {len(each.bundle.notes)}",
            f"{each.fetched / 1000:.0f}" if each.fetched else "",
        )
        for each in made
    ]
    head = (
        "bundle", "seconds", "attachments", "GB", "facts in place", "pictures in place", "invented numbers", "notes",
        "kB on a phone",
    )  # fmt: skip
    return [
        *table(head, rows),
        "",
        *(f"- {each.bundle.name}: not where it belongs: {fact}" for each in made for fact in each.missing),
        *(f"- {each.bundle.name}: not said: {number}" for each in made for number in each.invented),
    ]


def _share(wanted: Sequence[str], missing: Sequence[str]) -> str:
    return f"{sum(each not in missing for each in wanted)} of {len(wanted)}"


if __name__ == "__main__":
    sys.exit(main())

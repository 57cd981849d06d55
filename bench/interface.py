"""Do on the sites of the public cases what visitors do, and print which of it works: `python -m bench.interface`.

The sites are made by rule (`llm.provider: none`), since the same parts must work on every rung; beside them stand
two that have every part, in English and in Czech. `--sites DIR` takes a folder of finished sites instead. A check is
made on every site that has the part it is about.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.results import write_section
from protogen.config import LlmSettings, Settings
from protogen.files import write_tree
from protogen.generate import generate
from protogen.hooks import Hook
from protogen.site.render import render

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT.parent / "shared" / "cases"
sys.path.insert(0, str(ROOT / "tests"))  # the measuring tools are the tests' own

from tools.browser import chromium  # noqa: E402
from tools.interface import CHECKS, attempt, pages_with  # noqa: E402
from tools.interface.example import LANGUAGES, example  # noqa: E402
from tools.serving import serve_folder  # noqa: E402

Results = Mapping[str, Mapping[str, str]]  # site -> check -> what went wrong ('' is nothing)


def main() -> int:
    """Check and print; 1 where something does not work."""
    parser = argparse.ArgumentParser(prog="bench.interface", description=__doc__)
    parser.add_argument("--cases", type=Path, default=CASES, help="a folder of requests")
    parser.add_argument("--sites", type=Path, help="a folder of finished sites, one a folder")
    options = parser.parse_args()
    if not options.sites and not options.cases.is_dir():
        print(f"There are no cases in {options.cases}; name a folder with --cases or --sites.")
        return 0
    with tempfile.TemporaryDirectory(prefix="protogen-interface-") as folder:
        root = options.sites or make_sites(options.cases, Path(folder))
        results = check_sites(root)
    print(table(results))
    if not options.sites and options.cases == CASES:
        write_section("Used as a visitor would", [table(results)])
    return int(any(fault for site in results.values() for fault in site.values()))


def make_sites(cases: Path, folder: Path) -> Path:
    """The site of every request in `cases` and those with every part, each in a folder of its name."""
    (folder / "sites").mkdir()
    settings = Settings(home=folder / "home", llm=LlmSettings(provider="none"))
    for case in sorted(cases.glob("*.yaml")):
        generate(settings, case, folder / "sites" / case.stem, Hook(), threading.Event(), seed=3)
    for language in LANGUAGES:
        write_tree(folder / "sites" / f"every-part-{language}", render(example(language)).files)
    return folder / "sites"


def check_sites(root: Path) -> Results:
    """Every check on every site under `root` that has its part."""
    results: dict[str, dict[str, str]] = {}
    with serve_folder(root) as address, chromium() as browser:
        for site in sorted(path for path in root.iterdir() if path.is_dir()):
            here = f"{address}/{site.name}"
            pages = pages_with(browser, site, here, {check.needs for check in CHECKS})
            results[site.name] = {
                check.name: attempt(browser, check, pages[check.needs])
                for check in CHECKS
                if check.needs in pages
            }
    return results


def table(results: Results) -> str:
    """A line a check: on how many sites it was made and passed, and where it failed."""
    lines = ["| check | sites | passed | failed on |", "| --- | ---: | ---: | --- |"]
    for check in CHECKS:
        made = {site: faults[check.name] for site, faults in results.items() if check.name in faults}
        failed = [f"{site}: {_short(fault)}" for site, fault in made.items() if fault]
        lines.append(f"| {check.name} | {len(made)} | {len(made) - len(failed)} | {'; '.join(failed)} |")
    return "\n".join([*lines, "", _summary(results.values())])


def _summary(sites: Iterable[Mapping[str, str]]) -> str:
    made = [(name, fault) for faults in sites for name, fault in faults.items()]
    kinds = {name for name, _ in made}
    passed = sum(1 for _, fault in made if not fault)
    return f"{len(kinds)} of {len(CHECKS)} checks have a site here; made {len(made)} times, passed {passed}."


def _short(fault: str) -> str:
    return " ".join(fault.split()).replace("|", "/")[:160]


if __name__ == "__main__":
    sys.exit(main())

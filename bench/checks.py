"""Measure the checks of copy, so that they do not judge themselves: `python -m bench.checks`.

A model over a socket answers every question with sentences of `checks.yaml`: planted ones, which say what the
customer did not, and honest ones, in turn. What then stands on the finished page is counted: planted sentences that
were kept out (recall), and honest ones that were kept out wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path

import yaml

from bench.results import table, write_section
from protogen.checks.facts import fold
from protogen.pipeline.report import page_text

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(__file__).resolve().parent / "checks.yaml"
LEAST_RECALL, MOST_WRONGED = 0.98, 0.02
sys.path.insert(0, str(ROOT / "tests"))  # drafts and the stub are the tests' own

from tools.drafts import finished, writer  # noqa: E402
from tools.model import Request, Wire, says, stub, valid  # noqa: E402

SLOTS = ("lead", "body")  # where a sentence of any kind fits


@dataclass(slots=True)
class Count:
    """What became of the sentences of one kind."""

    told: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @property
    def out(self) -> list[str]:
        """Those that do not stand on the page."""
        return [each for each in self.told if each not in self.kept]


class Planter:
    """A model that says the next sentences, as long as there are some, wherever one fits."""

    def __init__(self, planted: Iterable[str], honest: Iterable[str]) -> None:
        pairs = chain.from_iterable(zip_longest(planted, honest))
        self.left = deque(each for each in pairs if each)
        self.told: list[str] = []

    def __call__(self, request: Request, wire: Wire) -> None:
        """Answer one question."""
        if request.schema is None:
            return says("")(request, wire)
        answer = valid(request.schema, _nothing())
        for slot in SLOTS:
            if slot in answer and self.left:
                answer[slot] = self.left.popleft()
                self.told.append(answer[slot])
        return says(json.dumps(answer))(request, wire)


def _nothing() -> Iterator[str]:
    while True:
        yield ""


def measure(corpus: Path = CORPUS) -> tuple[Count, Count]:
    """(the planted sentences, the honest ones), each with what stands on a page."""
    planted, honest = Count(), Count()
    for case in yaml.safe_load(corpus.read_text("utf-8")):
        planter = Planter(case["planted"], case["honest"])
        while planter.left:
            told = len(planter.told)
            with stub(planter) as model:
                page = fold(page_text(finished(case["request"], writer(model.base_url, languages=("en",)))))
            if len(planter.told) == told:
                break  # this page has no place for a sentence
            for sentence in planter.told[told:]:
                count = planted if sentence in case["planted"] else honest
                count.told.append(sentence)
                count.kept += [sentence] if fold(sentence) in page else []
    return planted, honest


def main() -> int:
    """Measure, write the section, and fail where a share is missed."""
    parser = argparse.ArgumentParser(prog="bench.checks", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="another file of requests and sentences")
    options = parser.parse_args()
    planted, honest = measure(options.corpus)
    recall, wronged = len(planted.out) / len(planted.told), len(honest.out) / len(honest.told)
    lines = table(
        ("sentences", "told", "kept out", "share", "must"),
        (
            ("planted", len(planted.told), len(planted.out), f"{recall:.1%}", f"≥ {LEAST_RECALL:.0%}"),
            ("honest", len(honest.told), len(honest.out), f"{wronged:.1%}", f"≤ {MOST_WRONGED:.0%}"),
        ),
    )
    lines += ["", *(f"- stands, and should not: {each}" for each in planted.kept)]
    lines += [f"- does not stand, and should: {each}" for each in honest.out]
    print("\n".join(lines))
    if options.corpus == CORPUS:
        write_section("The checks of copy", lines)
    return int(recall < LEAST_RECALL or wronged > MOST_WRONGED)


if __name__ == "__main__":
    sys.exit(main())

"""What every case comes out as, byte for byte: `python -m bench.same before.json`, change the code, and again.

Writes the SHA-256 of every file of every site, without a model and with a stub that answers the same each time,
for some seeds. Where the file is there already it is compared instead, and each difference is named.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # drafts and the stub are the tests' own

from bench.load import varied  # noqa: E402
from protogen.config import IntakeSettings  # noqa: E402
from protogen.intake.parse import parse_drop  # noqa: E402
from protogen.job import Rung  # noqa: E402
from protogen.pipeline.report import facts_missing, page_text  # noqa: E402
from protogen.submission import Submission  # noqa: E402
from tools.drafts import finished, submission, writer  # noqa: E402
from tools.model import good, stub  # noqa: E402


def main() -> int:
    """Write or compare; 1 where something comes out otherwise than before."""
    parser = argparse.ArgumentParser(prog="bench.same", description=__doc__)
    parser.add_argument(
        "file", type=Path, help="the digests: written where it is missing, compared with where not"
    )
    parser.add_argument("--seeds", type=int, default=3, help="how many sites without a model a case makes")
    parser.add_argument("--cases", type=Path, nargs="*", default=[], help="further folders of requests")
    options = parser.parse_args()
    made = dict(_digests(options.cases, options.seeds))
    if not options.file.exists():
        options.file.write_text(json.dumps(made, indent=1), "utf-8")
        print(f"{len(made)} files written to {options.file}.")
        return 0
    before = json.loads(options.file.read_text("utf-8"))
    differing = sorted(name for name in made.keys() | before.keys() if made.get(name) != before.get(name))
    print(*differing, f"{len(differing)} of {len(made)} files differ.", sep="\n")
    return int(bool(differing))


def _digests(folders: Sequence[Path], seeds: int) -> Iterator[tuple[str, str]]:
    for name, request in _cases(folders):
        for seed in range(1, seeds + 1):
            yield from _site(f"{name} none {seed}", request, seed, None)
        for rung in (Rung.FIELDS, Rung.MARKUP):
            yield from _site(f"{name} {rung} 1", request, 1, rung)


def _cases(folders: Sequence[Path]) -> Iterator[tuple[str, Submission]]:
    for folder in (ROOT / "examples", *folders):
        for case in sorted(folder.glob("*.yaml")):
            yield case.stem, parse_drop(case, IntakeSettings())
    for number, (title, text) in enumerate(varied(52)):
        yield f"{number} {title}", submission(text, name="Jana Nováková")


def _site(name: str, request: Submission, seed: int, rung: Rung | None) -> Iterator[tuple[str, str]]:
    if rung is None:
        draft = finished(request, seed=seed)
    else:
        with stub(good) as model:
            draft = finished(request, writer(model.base_url, first_rung=rung), seed)
    assert draft.site is not None
    text = page_text(draft)
    told = f"{draft.brief} {draft.page} {draft.removed} {facts_missing(draft, text)} {text}"
    for file, data in sorted({**draft.site.files, "(draft)": told.encode()}.items()):
        yield f"{name} {draft.project_id} {file}", hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    sys.exit(main())

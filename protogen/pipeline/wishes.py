"""Words by which a sentence speaks of the website to be made, not of the customer's business."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Words of a sentence that speaks about the website to be made, not about the customer's business.
WISH = re.compile(
    r"\b(?:want|would like|i'd like|we'd like|need to|needs? (?:a|an|to)|should|must|please|look|looks|"
    r"show the|show our|style|web ?site|web ?page|homepage|page|pages|section|we like|i like|lovely|"
    r"serif|headings?|fonts?|stock[- ]photo|"
    r"online shop for|layout|colou?rs?|design|minimalist|product list|view|countdown|results as|"
    r"chci|chceme|chtel[aiy]?|potrebuj\w*|mel[aoy]? by|stranky|stranka|web|vzhled|barv[yaou]\w*|"
    r"prosim|libil\w*|na webu|"
    r"mochte\w*|mochten|wunsch\w*|soll(?:en|te)?|brauche\w*|webseite|seite|seiten|farben|bitte|"
    r"quiero|queremos|necesit\w*|sitio|pagina|paginas|deberia|quero|queria|gostaria|preciso|site|veux|"
    r"voulons|voudrais|souhait\w*|"
    r"chce|chcemy|chcialbym|chcialabym|potrzebuj\w*|strona|strone|strony|stronie|powini\w+|vorrei|vogliamo|sito|хочу|хотим|"
    r"нужен|нужна|сайт|страниц\w*|потрібен|сторінк\w*|نريد|اريد|موقع\w*)\b",
    re.I,
)
LOOKS = re.compile(
    r"\b(?:look|looks|style|colou?rs?|design|minimalist\w*|vzhled|barv\w*|aussehen|farben|estilo|aspeto|"
    r"wyglad|kolor\w*)\b",
    re.I,
)

# What a visitor of an English site does with a form, by the form's purpose.
_THING = r"(?:a|an|for|their|our|the)\s[^,;:.!?()]+"
_ACTS = {
    "order": re.compile(rf"\b(?:pre-?)?order\s+{_THING}", re.I),
    "booking": re.compile(rf"\b(?:book|reserve)\s+{_THING}", re.I),
    "signup": re.compile(rf"\b(?:sign up|register|enroll?)\s+{_THING}", re.I),
    "quote": re.compile(
        r"\b(?:ask for|request|get)\s+(?:a|an|their)\s[^,;:.!?()]*?\b(?:quote|estimate)\b", re.I
    ),
}
_LONGEST_ACT = 7  # words
_ITS_END = re.compile(r"\s+(?:with|and|or|by|through|using|via|from|online|when|where|that)\b.*")


def act_wished(purpose: str, wishes: Iterable[str]) -> str:
    """What visitors shall do, in the customer's own words (`book a first call`), for a form of this purpose.

    Empty where no wish says more than the purpose does, or in a language other than English.
    """
    if purpose not in _ACTS:
        return ""
    for match in filter(None, map(_ACTS[purpose].search, wishes)):
        words = _ITS_END.sub("", match.group()).split()
        if 3 <= len(words) <= _LONGEST_ACT and not WISH.search(" ".join(words)):
            return " ".join(words)
    return ""

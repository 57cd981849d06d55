"""Words by which a sentence speaks of the website to be made, not of the customer's business."""

from __future__ import annotations

import re

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

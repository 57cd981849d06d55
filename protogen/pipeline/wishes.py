"""Words by which a sentence speaks of the website to be made, not of the customer's business."""

from __future__ import annotations

import re
from collections.abc import Iterable

from protogen.checks.facts import fold
from protogen.site.colour import is_of_look


def _not_after(words: str) -> str:
    """No match right after one of these words."""
    return "".join(rf"(?<!\b{word} )" for word in words.split())


# In English words such as "look", "design" and "colour" speak of the site in some places, of a trade in others.
_ENGLISH = (
    r"(?:^|[,;] |\b(?:i|we|also|and|just|do|does|really|would|only|he|she|they) )wants?\b",
    r"(?:^|\b(?:i|we|it|site|also|and|just|really|they|people|visitors|customers|clients|members|users) )"
    r"needs? (?:an?|to|the|some|it|something|one)\b",
    r"\b(?:would|['’]d) (?:like|love)\b|\b(?:we|i) like\b(?=.*\b(?:site|look|style|design|colou?rs?|fonts?|it)\b)",
    r"\b(?:would|['’]d) be (?:lovely|nice|great|good|cool|perfect)\b|\blovely (?:site|if)\b",
    rf"\b{_not_after('you dogs children kids')}(?:should|must)\b",
    r"\bplease\b(?! (?:no|bring|wear|call|ring|phone|text|note|arrive|leave|keep|do|don['’]t|come|be|mind|take|"
    r"knock|book|let (?:us|me)|tell)\b)",
    r"\blooks?\b(?! (?:after|for|forward|into|at|out|back|round|around)\b)|\bfeels? like\b",
    r"\bsomething (?:warm|dark|light|bright|modern|clean|simple|calm|bold|playful|classic|elegant|fresh|fun|quiet|"
    r"minimal\w*|that (?:feels|looks))",
    rf"\b{_not_after('hair family home we i')}(?<!-)style\b",
    rf"\b{_not_after('garden interior graphic web landscape fashion jewellery product floral kitchen we i and')}"
    r"design\b(?! and \w)",
    r"\b(?:detail|list|grid|map|calendar|product) view\b|\bview (?:the|all|our|my|an?|details|products?)\b",
    r"\bcolou?rs?(?::| (?:scheme|palette|should|could|would|please|like))|\b(?:the|our|brand|site|page|warm|soft|dark|"
    r"light|bright|calm|cool|pastel|natural|earthy|earth|autumn|muted|bold|strong|neutral|nice|happy|in|these|two|and) "
    r"colou?rs\b|\bcolou?red(?=,| (?:and|with|please|site))",
    r"\bshow (?:the|our|where we)\b|\blet (?:people|visitors|customers|clients|guests) \w",
    r"\b(?:web ?site|web ?page|home ?page|pages?|section|layout|minimalist|serif|headings?|fonts?|"
    r"stock[- ]photo|online shop for|product list|countdown|results as)\b",
    rf"\b{_not_after('on camp caravan building your work')}site\b(?! (?:visit|survey|meeting|manager))",
)
# Words of a sentence that speaks about the website to be made, not about the customer's business.
WISH = re.compile(
    rf"{'|'.join(_ENGLISH)}"
    r"|\b(?:"
    r"chci|chceme|chtel[aiy]?|potrebuj\w*|mel[aoy]? by|stranky|stranka|web|vzhled|barv[yaou]\w*|"
    r"prosim|libil\w*|na webu|"
    r"mochte\w*|mochten|wunsch\w*|soll(?:en|te)?|brauche\w*|webseite|seite|seiten|farben|bitte|"
    r"quiero|queremos|necesit\w*|sitio|pagina|paginas|deberia|quero|queria|gostaria|preciso|veux|"
    r"voulons|voudrais|souhait\w*|"
    r"chce|chcemy|chcialbym|chcialabym|potrzebuj\w*|strona|strone|strony|stronie|powini\w+|vorrei|vogliamo|sito|хочу|хотим|"
    r"нужен|нужна|сайт|страниц\w*|потрібен|сторінк\w*|نريد|اريد|موقع\w*)\b",
    re.I,
)
_ON_THE_SITE = re.compile(
    r"\b(?:no|without) (?:[\w-]+ ){0,2}(?:widgets?|pop-?ups?|sliders?|carousels?|animations?|cartoons?|stock photos?|"
    r"emojis?|gradients?|clip ?art|chatbots?|autoplay)\b|^(?:the )?[\w-]+ (?:comes )?first\W*$|\bcolou?r maybe\b"
)


def is_wish(spoken: str) -> bool:
    """Whether a sentence speaks of the site to be made: what it must do, how it shall look or feel."""
    plain = fold(spoken)
    if WISH.search(plain) or _ON_THE_SITE.search(plain):
        return True
    words = re.findall(r"[^\W\d_]{3,}", plain)
    return bool(words) and all(map(is_of_look, words))


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
# What a form asks for: `a form with name, date and how many people`, `Get a quote: from where, to where, when`.
_FIELDS = re.compile(
    r"\b(?:form|quote|booking|book|enquiry|inquiry|request|appointment|application|waiting list|sign ?up|register|"
    r"formular(?:io|z)?|formulaire|formulari?o?|formulář\w*|anmeld\w*|angebot\w*|anfrage\w*|buch(?:en|ung)\w*|termin\w*|"
    r"poptáv\w*|přihláš\w*|rezerv\w*|objedn\w*|presupuesto|reservas?|inscripci\w+|devis|réserv\w+|inscri\w+|orçamento|"
    r"wycen\w*|zapis\w*|preventivo|prenot\w+)\b[^.:\n(]{0,80}?"
    r"(?:\s?:\s|\((?=[^()]*,)|(?<=\s)(?:asking for|asks? for|with fields for|with|where (?:they|you|people) give|"
    r"mit|con|avec|com|z|s)\s)"
    r"([^.:;\n()]+)"
    r"|\(((?:what|which|where|when|how|who)\b[^()\n]*,[^()\n]*)\)",  # `offer a bike (what kind, what state)`
    re.I,
)
# What a visitor does with a form of the customer's own: `make it easy to offer a bike (what kind, what state)`.
_OWN_ACT = re.compile(
    r"\b((?:offer|report|suggest|donate|submit|nominate|send(?: us)?|tell us about|ask about|apply for|request|enter|"
    r"propose|post|list|lend|share)\s(?!for\b)[^,;:.!?()]{2,40}?)\s*\((?=[^()]*,)",
    re.I,
)
_A_FORM = re.compile(r"^an? (?:\w+ )?form (?:that |which )?(?:says|asks(?: for)?|has|with|for|where)\s", re.I)
# What follows `and` here is another thing that visitors do: `a form that says which class, and read what to bring`.
_OTHER_DEED = re.compile(
    r",?\s(?:and|or)\s(?:read|see|find|view|learn|browse|check|look|know|watch|get|vote)\s.*"
)
_FIELD_ENDS = re.compile(r",\s*(?:and\s+|or\s+)?|\s+(?:and|und|a|y|et|e)\s+")
_FIELD_KINDS = {
    "email": re.compile(r"\be-?mail"),
    "tel": re.compile(r"\b(?:phone|telephone|mobile|whatsapp|tel[eé]fono?\w*|telefon\w*|handy)\b"),
    "date": re.compile(
        r"^(?:when|date|day|tag|den|dia|jour|giorno)\b|\b(?:dates?|preferred day|birthday|arrival|departure|anreise|"
        r"abreise|datum|prijezd|odjezd|fecha|llegada|salida|arrivee|depart|data)\b"
    ),
    "time": re.compile(r"\btimes?\b|^(?:uhrzeit|cas|hora|heure)\b"),
    "number": re.compile(
        r"\b(?:how many|number of (?!the\b)|guests|people|quantity|anzahl|wie viele|pocet|kolik|numero de|cuant[oa]s|"
        r"nombre de|combien|quant[aeio]s?|ile)\b"
    ),
    "textarea": re.compile(
        r"\b(?:message|notes?|comments?|questions?|anything|describe|description|details|about|nachricht|zprava)\b"
    ),
}
_ASKS = re.compile(
    r"^(?!(?:by|at|on|via|in)\b).*\b(?:where|what|which|who|why|how|names?|address|postcode|size|budget|venue|number|"
    r"que|cual|donde|quel\w*|welch\w*|kter\w*|jak\w*|nombre|vorname|nachname|jmeno|nom|prenom|nome|imie|adresse|adresa|"
    r"direccion|species|preferred|verein|strecke)\b",
    re.I,
)
NAMES = frozenset(
    ("name", "names", "your name", "full name", "who", "jmeno", "nombre", "nom", "nome", "imie")
)
"""What a form calls the name of who fills it in, folded."""
_MOST_FIELDS, _WORDS_OF_FIELD = 8, 5
BOOK_US = "book us"  # to play or speak elsewhere: no visitor's place at an event
_LONGEST_ACT = 7  # words
_ITS_END = re.compile(r"\s+(?:with|and|or|by|through|using|via|from|online|when|where|that)\b.*")


def fields_wished(spoken: Iterable[str]) -> list[tuple[str, str]]:
    """(label, kind as in HTML's `input`) of what the customer wants a form to ask, in the order of his words.

    Empty where no sentence names two things or more.
    """
    for match in filter(None, map(_FIELDS.search, spoken)):
        asked = _OTHER_DEED.sub("", _A_FORM.sub("", match[1] or match[2]))
        parts = (part.strip() for part in _FIELD_ENDS.split(asked))
        labels = [re.sub(r"^(?:the|an?|your|their|our)\s", "", part) for part in parts if part]
        short = all(len(label.split()) <= _WORDS_OF_FIELD for label in labels)
        asking = sum(bool(_ASKS.search(fold(label))) or _kind_of(label) != "text" for label in labels)
        sure = 2 * asking >= len(labels) or any(fold(label) in NAMES for label in labels)
        if short and 2 <= len(labels) <= _MOST_FIELDS and sure:
            return [(label, _kind_of(label)) for label in labels]
    return []


def own_act(spoken: Iterable[str]) -> str:
    """What a visitor does with the form whose fields the customer names (`offer a bike`); empty where he says not."""
    for said in spoken:
        if fields_wished((said,)):
            match = _OWN_ACT.search(said)
            return match[1] if match and len(match[1].split()) <= _LONGEST_ACT else ""
    return ""


def speaks_of_site(spoken: str) -> bool:
    """Whether a sentence says what the site shall be, or what a form of it shall ask."""
    return is_wish(spoken) or bool(fields_wished((spoken,)))


def _kind_of(label: str) -> str:
    known = (kind for kind, words in _FIELD_KINDS.items() if words.search(fold(label)))
    return "text" if re.match(r"(?:by|at|on|via|in)\b", label, re.I) else next(known, "text")


def act_wished(purpose: str, wishes: Iterable[str]) -> str:
    """What visitors shall do, in the customer's own words (`book a first call`), for a form of this purpose.

    Empty where no wish says more than the purpose does, or in a language other than English.
    """
    wishes = tuple(wishes)
    if purpose == "enquiry":
        return own_act(wishes)
    if purpose not in _ACTS:
        return ""
    if purpose == "booking" and any(re.match(r"book us\b", wish, re.I) for wish in wishes):
        return BOOK_US
    for match in filter(None, map(_ACTS[purpose].search, wishes)):
        words = _ITS_END.sub("", match.group()).split()
        if 3 <= len(words) <= _LONGEST_ACT and not WISH.search(" ".join(words)):
            return " ".join(words)
    return ""

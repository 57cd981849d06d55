"""Prices as people write them: an amount, its currency, what it is the price of and what it is counted by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from protogen.checks.lexicon import NUMBER_WORDS
from protogen.draft import Fact, FactKind

CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "$": "USD", "us$": "USD",
    "usd": "USD",
    "czk": "CZK", "kč": "CZK", "kc": "CZK", "korun": "CZK",
    "zł": "PLN", "zl": "PLN", "pln": "PLN", "chf": "CHF", "fr.": "CHF",
    "huf": "HUF", "ft": "HUF", "₴": "UAH", "uah": "UAH", "грн": "UAH", "₽": "RUB", "руб": "RUB", "kr": "SEK",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "₺": "TRY", "¥": "JPY", "cad": "CAD", "aud": "AUD", "₹": "INR",
}  # fmt: skip
_CURRENCY = "|".join(sorted((re.escape(word) for word in CURRENCIES), key=len, reverse=True))
_AMOUNT = r"(?:\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
_ROUND = r"(?:,(?:-|–|—){1,2})"  # `95,-`: no cents
_TO_AMOUNT = rf"(?:[ \u00a0]?[-–][ \u00a0]?{_AMOUNT})?"
_UNIT = (  # what English counts by with `a`: any other noun after it may be of the next clause
    r"(?:(?:half|full|single|square|working|running)[- ])?(?:minute|hour|day|week|month|quarter|term|year|season|"
    r"night|weekend|person|head|piece|jar|lesson|session|class|course|visit|ticket|bottle|box|dozen|kilo|kg|pound|"
    r"lit(?:re|er)|pint|met(?:re|er)|mile|km|room|flat|house|child|adult|seat|desk|plate|glass|cup|loaf|slice|bag|"
    r"pair|set|pack|portion|place|couple|family|table|vehicle|car|bike|dog|cat|pet|pot|tray|guest|player|team|page|"
    r"word|stem|bunch|tin|card|print|photo|ride|trip|go|round|shift|call)"
)
_PER = (
    r"\s?(?:/|per|pro|za|par|por|na|al|a la)\s?"
    r"(?:(?:la|le|el|una?|die|den|das|half|square|working|running|single|full|additional|extra)\s)?\w+"
    rf"|\s(?:an?|each|every)\s{_UNIT}\b|\s(?:each|apiece|monatlich|jährlich|měsíčně|ročně|miesięcznie|rocznie)\b"
)
PRICE = re.compile(
    rf"(?<![\w.,'’])(?:(?P<before>{_CURRENCY})\s?(?P<amount1>{_AMOUNT}){_TO_AMOUNT}(?!\s?[km]\b|[.,]?\d)"
    rf"|(?P<amount2>{_AMOUNT}){_TO_AMOUNT}{_ROUND}?[\s\u00a0]?(?P<after>{_CURRENCY})(?!\w)){_ROUND}?"
    rf"(?P<per>{_PER})?",
    re.I,
)
_FROM = re.compile(
    r"(?:\b(?:from|starting at|ab|od|desde|à partir de|a partir d[aei]|dès|vanaf|от|від)\s)$", re.I
)
_LONGEST_FROM = 24  # characters, with room to spare: no need to go over all that stands before each price
_BEFORE_ITEM = re.compile(
    r"^(?:(?:.*\s)?(?:we|i|wir|nous|nosotros)\s+\w+\s+|(?:.*\s)?(?:nabízíme|máme|mamy|tenemos|temos|abbiamo|"
    r"děláme|pořádáme|pečeme|pečieme|vaříme|varíme|vyrábíme|vyrábame|prodáváme|predávame|ponúkame|učíme|opravujeme|"
    r"bieten|verkaufen|backen|oferecemos|ofrecemos|"
    r"vendemos|hacemos|fazemos|vendons|proposons|oferujemy|sprzedajemy|pieczemy|robimy|offriamo|vendiamo)\s+)?"
    r"(?:(?:is|are|from|for|costs?|ab|od|at|a|an|the|our|eine?|une?|una)\s+)*",
    re.I,
)
_PRICE_WORD_AFTER = re.compile(
    r"\s+(?:is|are|from|for|costs?|at|ab|od|za|stojí|kostet|kosten|desde|à partir de)$", re.I
)
_BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+")
_NO_ITEM = re.compile(
    rf"(?:(?:we|i|it|they|you) \w+|.*\b(?:up to|more than|less than|bis zu|až do|jusqu'à|hasta)|"
    rf"{'|'.join(NUMBER_WORDS)}|"
    r"(?:up)?on request|to order|na objednávku|na zamówienie|auf (?:bestellung|anfrage)|sur (?:commande|demande)|"
    r"por encargo|sob encomenda|su (?:ordinazione|richiesta)|"
    r"from|for|at|is|are|only|just|costs?|prices?|ab|nur|preis|od|za|jen|cena|ceny|desde|por|dès|à partir de|"
    r"da|от|за|від)",
    re.I,
)
_ITEM_STOP = re.compile(r"[,;:.!?()\n•·–—]|\s-\s|\b(?:and|or|a|und|et|y|e|i|oraz|nebo|и|та|і)\b\s", re.I)
_ANOTHER = re.compile(rf"\s?(?:,|/|and|or|und|oder|et|ou|y|o|a|i)\s(?:from\s)?{PRICE.pattern}", re.I)


def find_prices(text: str) -> Iterator[Fact]:
    """Every price in `text` with its item and its detail; spans begin with the item."""
    for match in PRICE.finditer(text):
        if (match["before"] or match["after"]).lower() in ("ft", "kr", "fr.") and not match["after"]:
            continue
        least = _FROM.search(text, max(0, match.start() - _LONGEST_FROM), match.start())
        begin = least.start() if least else match.start()
        item, start, held = _item_before(text, begin)
        if _ANOTHER.match(text, match.end()):
            item, start = "", begin  # `entry 12 €, 18 € and 28 €`: which is of what, only the sentence tells
        value, detail = text[begin : match.end()].strip(), held or _detail_after(text, match.end())
        if re.fullmatch(_PER, f" {detail}", re.I):  # `£40 (per hour)`
            value, detail = f"{value} {detail}", ""
        yield Fact(FactKind.PRICE, value, (start, match.end()), item, detail)


def _item_before(text: str, end: int) -> tuple[str, int, str]:
    """What a price belongs to, where that begins, and what else its brackets hold.

    It is the words before the price in its clause, or before the brackets in which the price stands
    (`homes (from £19 an hour)`, `La Blonde (33 cl, 3,20 €)`).
    """
    begin = max(0, end - 80)
    before = text[begin:end]
    if item := _last_words(before):
        return item, begin + before.rfind(item), ""
    opening = re.search(r"\s?\(([^()]*)$", before)
    if opening and (item := _last_words(before[: opening.start()])):
        return item, begin + before[: opening.start()].rfind(item), opening[1].strip(" ,;:–-")
    return "", end, ""


def _last_words(before: str) -> str:
    """The thing that the last clause of `before` names; empty where it names none."""
    head = re.sub(r"\s*\([^()]*\)\s*$", "", before).rstrip(" \t:=-–—")  # `divorce (uncontested) £650`
    stops = list(_ITEM_STOP.finditer(head))
    item = _BULLET.sub("", head[stops[-1].end() if stops else 0 :].strip())
    item = _PRICE_WORD_AFTER.sub("", _BEFORE_ITEM.sub("", item))
    if not re.search(r"[^\W\d_]", item) or len(item) > 60 or _NO_ITEM.fullmatch(item):
        return ""
    return item


def _detail_after(text: str, end: int) -> str:
    match = re.match(r"\s*\(([^()\n]{2,160})\)", text[end:])
    return match[1].strip() if match else ""


def price_amount(value: str) -> tuple[float, str] | None:
    """(amount, ISO 4217 code) of a price as the customer wrote it; None if it is not one."""
    match = PRICE.search(value)
    if not match:
        return None
    digits = re.sub(r"[ '’\u00a0\u202f]", "", match["amount1"] or match["amount2"])
    digits = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits).replace(",", ".")
    return float(digits), CURRENCIES[(match["before"] or match["after"]).lower()]

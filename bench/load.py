"""Many requests that no cache of whole texts can know: bench/requests.yaml with names, numbers and prices varied."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import yaml

_FIRST = (
    "Amber Birch Cedar Dahlia Ember Fern Gale Hazel Iris Juniper Kestrel Linden Maple Nettle Osier Poppy Quill "
    "Rowan Sorrel Tansy Umber Vesper Willow Yarrow Zephyr"
).split()
_SECOND = (
    "Arch Bridge Corner Dock Forge Garden Harbour House Lane Loft Mill Mint Oak Yard Post Quay Room Stone Thread "
    "Tower Vale Well Wharf Works Yard"
).split()
_PEOPLE = (
    "Adela Bruno Clara Dario Elena Felix Greta Hugo Ines Jonas Katja Luca Mara Nils Olga Pavel Rosa".split()
)
_FAMILIES = (
    "Novak Moreau Keller Santos Rossi Lindqvist Horvat Petrou Janssen Wolski Reyes Fischer Doyle".split()
)
_STREETS = "Dlouhá Veveří Lipová Mostecká Zahradní Polní Krátká Široká".split()


def requests() -> dict[str, str]:
    """The texts with their places still open, by language and trade."""
    rows = yaml.safe_load(Path(__file__).with_name("requests.yaml").read_text("utf-8"))
    return {title: text for row in rows for title, text in row.items()}


def varied(count: int, seed: int = 0) -> Iterator[tuple[str, str]]:
    """`count` filled requests, (language and trade, text), each text once; the same seed gives the same ones."""
    chance, texts = random.Random(seed), list(requests().items())
    for number in range(count):
        title, text = texts[number % len(texts)]
        yield title, text.format_map(_filling(chance, number))


def _filling(chance: random.Random, number: int) -> dict[str, str]:
    name = f"{chance.choice(_FIRST)} {chance.choice(_SECOND)}"
    person = f"{chance.choice(_PEOPLE)} {chance.choice(_FAMILIES)}"
    return {
        "name": name,
        "person": person,
        "street": chance.choice(_STREETS),
        "phone": f"+420 {chance.randint(600, 799)} {chance.randint(100, 999)} {chance.randint(100, 999)}",
        "price": str(chance.randint(40, 190)),
        "year": str(chance.randint(1950, 2020)),
        "mail": f"{name.split()[0].lower()}{number}@example.com",
    }

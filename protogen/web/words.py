"""The pages' words for what the ledger names, in English: the keys of the catalogues."""

from __future__ import annotations

from protogen.job import Rung

RUNGS = {
    Rung.MARKUP: "the AI’s words and markup",
    Rung.FIELDS: "the AI’s words, set by the kit",
    Rung.TEMPLATE: "the kit alone",
}
HANDS = (
    ((Rung.MARKUP,), "Written and set by the AI", "Its words in its own markup, cleaned and checked."),
    ((Rung.FIELDS,), "Written by the AI, set by the kit", "Its words, in sections that the kit draws."),
    ((Rung.TEMPLATE,), "Set by the kit alone", "The customer’s own words, in sections that the kit draws."),
)
STAGES = {
    "brief": "Reading the request",
    "structure": "Writing the sections",
    "style": "Choosing the look",
    "behaviour": "Adding what moves",
    "content": "Title, checks and files",
}

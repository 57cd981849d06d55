"""Sentences that say nothing of what they stand beside are known."""

from __future__ import annotations

import pytest

from protogen.checks.substance import says_nothing


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Leak detection", "We provide leak detection."),
        ("Boiler service", "We provide boiler service at £85."),
        ("Birthday cakes", "Our birthday cakes are perfect for birthdays."),
        ("Training", "We offer professional training."),
    ],
)
def test_a_sentence_that_only_names_the_thing_says_nothing(name: str, text: str) -> None:
    assert says_nothing(text, name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Emergency call-outs", "We come day and night when a pipe bursts."),
        ("Sourdough bread", "A crust that stays crisp until the evening."),
        ("Punctures", "A flat tyre holds air again and you ride on."),
        ("Baking workshops", "Learn to shape and bake your own loaf."),
    ],
)
def test_a_sentence_with_words_of_its_own_says_something(name: str, text: str) -> None:
    assert not says_nothing(text, name)

"""Copy that a page must not carry, reason by reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.checks.copy import (
    copied_span,
    faults,
    other_script,
    repeats_itself,
    said_before,
    same_sentences,
    sentences,
    whole_sentences,
)

SOURCE = (
    "We are a small bakery in Brno that bakes sourdough bread every single morning before seven. "
    "We want a modern website with a menu."
)

FAULTY = {
    "": "empty",
    " – ": "empty",
    "Come <b>in</b>.": "markup",
    "Bread for {name}.": "markup",
    "Call [phone].": "markup",
    "**Bread** for you.": "markup",
    "See https://x.example.": "markup",
    "Run javascript:alert.": "markup",
    "Flour &amp; water.": "markup",
    "Welcome to our website.": "talks about the request: website",
    "This page shows our bread.": "talks about the request: This page",
    "Users can vote here.": "talks about the request: Users can",
    "We want bread for you.": "talks about the request: We want",
    "As an AI I bake.": "talks about the request: As an AI",
    "Lorem ipsum dolor.": "placeholder: Lorem",
    "Product 1 is made with care.": "placeholder: Product 1",
    "Welcome to Your Company.": "placeholder: Your Company",
    "More bread is coming soon.": "placeholder: coming soon",
    "Click here for bread.": "talks about the request: Click",
    "Here is the JSON.": "talks about the request: JSON",
    "Small bakery in Brno that bakes sourdough bread every single morning before.": "copied: small bakery in brno",
    "Bread, baked and": "cut off",
    "Bread for you": "cut off",
    "Bread for our": "cut off",
    "Bread, baked and.": "cut off",
    "Bread, butter, ": "cut off",
    "Хлеб для всех.": "wrong script: Х",
    "面包 for you.": "wrong script: 面",
    "Bread for the day, and bread for the day.": "repeats itself",
}


@pytest.mark.parametrize("text", sorted(FAULTY))
def test_each_fault_is_named(text: str) -> None:
    """The reason is what the model is told when it is asked again."""
    assert any(reason.startswith(FAULTY[text]) for reason in faults(text, SOURCE, sentence=True))


@pytest.mark.parametrize(
    "text",
    [
        "Come in and stay a while.",
        "Good bread begins with patience!",
        "Why get up early? We already did.",
        "“Bread,” she says, “is love.”",
        "Sourdough bread, every single morning.",
        "Crème brûlée, smørrebrød and žemle.",
    ],
)
def test_good_copy_has_no_fault(text: str) -> None:
    """Sentences that a visitor would like to read."""
    assert faults(text, SOURCE, sentence=True) == []


def test_a_heading_needs_no_full_stop() -> None:
    """Only sentences end with one."""
    assert faults("Good bread", SOURCE, sentence=False) == []
    assert faults("Good bread and", SOURCE, sentence=False) == ["cut off"]


def test_a_script_that_the_customer_uses_may_be_used() -> None:
    """Letters are held against the request's own."""
    assert other_script("Хлеб", "Мы печём хлеб", "ru") == ""
    assert other_script("Bread", "Мы печём хлеб", "ru") == ""
    assert other_script("خبز", "Мы печём хлеб", "ru") == "خ"


def test_twelve_words_in_a_row_are_a_copy_and_eleven_are_not() -> None:
    """Case, accents and punctuation make no difference."""
    words = "one two three four five six seven eight nine ten eleven twelve"
    assert copied_span(words.title(), f"so: {words}, yes") == words
    assert copied_span(words.rpartition(" ")[0], words) == ""


def test_seven_words_that_stand_already_are_said_before() -> None:
    """Sections of a page do not repeat each other."""
    before = ["Good bread begins with patience and warm hands."]
    assert said_before("Our good bread begins with patience and warm ovens.", before)
    assert said_before("Good bread begins with water.", before) == ""


def test_the_same_sentence_is_found_in_other_letters() -> None:
    """Short ones may come back."""
    assert same_sentences(["Come in. GOOD BREAD FOR YOU."], ["Good bread for you."]) == [
        "GOOD BREAD FOR YOU."
    ]
    assert same_sentences(["Come in."], ["Come in."]) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We open at 7.30. Come in!", ["We open at 7.30.", "Come in!"]),
        ("Bread at 12.50 each. See you.", ["Bread at 12.50 each.", "See you."]),
        ("One line\n\nand another", ["One line", "and another"]),
        ("Печём хлеб. Приходите!", ["Печём хлеб.", "Приходите!"]),
        ("“Is it good?” It is.", ["“Is it good?”", "It is."]),
        ("نخيط البدلات. القماش من إيطاليا.", ["نخيط البدلات.", "القماش من إيطاليا."]),
        ("", []),
    ],
)
def test_sentences_end_where_people_end_them(text: str, parts: list[str]) -> None:
    """Times and decimals do not end one."""
    assert sentences(text) == parts


def test_a_text_cut_by_its_length_keeps_its_whole_sentences() -> None:
    """What comes after the last full stop is left out."""
    assert whole_sentences("Good bread. Warm rolls and b") == "Good bread."
    assert whole_sentences("Warm rolls and b") == ""


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_judged(text: str, source: str) -> None:
    """No text of any script raises; reasons stand once."""
    reasons = faults(text, source, sentence=True)
    assert len(reasons) == len(set(reasons))


@given(st.lists(st.text("abc ", min_size=1, max_size=6), max_size=12))
def test_sentences_lose_no_word(words: list[str]) -> None:
    """Cutting a text changes only the white space."""
    text = ". ".join(words)
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@given(st.text(min_size=1))
def test_a_loop_is_seen(text: str) -> None:
    """Four words that come twice are a loop, fewer are speech."""
    assert repeats_itself("bread for the day and then bread for the day")
    assert not repeats_itself("no no no")
    assert isinstance(repeats_itself(text), bool)


def test_a_long_word_on_both_sides_of_an_and_is_a_loop() -> None:
    """Not where people say so: again and again."""
    assert repeats_itself("Baking and baking")
    assert not repeats_itself("Again and again, bread and cakes")


def test_a_sentence_that_lost_its_head_is_cut_off() -> None:
    """It begins with a small letter."""
    assert "cut off" in faults("bakery in Brno, at the river.", "A bakery in Brno.", sentence=True)

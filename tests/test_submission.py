"""A submission as files and back, and what makes two submissions the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.submission import (
    CONTACT_TYPES,
    Attachment,
    Submission,
    SubmissionError,
    digest,
    from_files,
    idempotency_key,
    source,
    to_files,
)

# What is hard to write as YAML comes up often: line breaks, indicators, words that are numbers or booleans.
HARD = st.text(
    st.sampled_from(" \n\t\rab:#-'\"|>\x85\u2028\ufeff\x00\x7fé😀%@`!&*{}[],?0127noNO~=.<"), max_size=30
)
TEXTS = HARD | st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.from_regex(r"[a-zá-ž0-9][a-zá-ž0-9 _-]{0,20}\.[a-z]{1,4}", fullmatch=True)
ATTACHMENTS = st.lists(
    st.builds(Attachment, NAMES, st.binary(max_size=20)), max_size=3, unique_by=lambda each: each.name
).map(tuple)
SUBMISSIONS = st.builds(
    Submission,
    job_id=TEXTS,
    description=TEXTS,
    submission_id=TEXTS,
    user_id=TEXTS,
    name=TEXTS,
    contact_type=st.sampled_from(CONTACT_TYPES),
    contact_value=TEXTS,
    hint=TEXTS,
    voice=ATTACHMENTS,
    files=ATTACHMENTS,
    missing=st.lists(TEXTS, max_size=3).map(tuple),
    notes=st.lists(TEXTS, max_size=3).map(tuple),
    extra=st.dictionaries(TEXTS, JSON, max_size=3),
)


@given(SUBMISSIONS)
def test_files_of_a_submission_read_back_as_the_same_submission(submission: Submission) -> None:
    """Whatever a customer sent, the ledger gives back exactly that."""
    assert from_files(to_files(submission)) == submission


def test_the_record_is_readable_by_people() -> None:
    """Canonical names in a fixed order, paragraphs as they were written, nothing for what is absent."""
    submission = Submission("j", "We bake.\n\nOpen 7:30.", name="Jana", files=(Attachment("menu.pdf", b"%"),))
    files = to_files(submission)
    assert files["submission.yaml"].decode() == (
        "job_id: j\nname: Jana\ndescription: |-\n  We bake.\n\n  Open 7:30.\nfiles:\n- menu.pdf\n"
    )
    assert files["files/menu.pdf"] == b"%"


def test_one_value_in_two_places_is_written_twice() -> None:
    """No YAML alias is ever written: our own intake would refuse it."""
    shared = ["a", "b"]
    text = to_files(Submission("j", extra={"one": shared, "two": shared}))["submission.yaml"].decode()
    assert "&" not in text
    assert "*" not in text


def test_other_files_beside_a_submission_are_left_alone() -> None:
    """The ledger keeps transcripts and answers beside it."""
    files = {**to_files(Submission("j", "x")), "record.json": b"{}"}
    assert from_files(files) == Submission("j", "x")


@pytest.mark.parametrize(
    "attachments",
    [
        (Attachment("a.txt", b"1"), Attachment("a.txt", b"2")),
        (Attachment("../a.txt", b""),),
        (Attachment("a/b.txt", b""),),
        (Attachment("", b""),),
        (Attachment(".git", b""),),
        (Attachment("a\nb", b""),),
        (Attachment("x" * 256, b""),),
    ],
)
def test_attachments_that_no_files_can_hold_are_refused(attachments: tuple[Attachment, ...]) -> None:
    """An unsafe or double name is an error, never a file somewhere else."""
    with pytest.raises(SubmissionError):
        to_files(Submission("j", files=attachments))


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"submission.yaml": b"- a"},
        {"submission.yaml": b"\xff"},
        {"submission.yaml": b"a: ["},
        {"submission.yaml": b"name: 3"},
        {"submission.yaml": b"contact_type: pigeon"},
        {"submission.yaml": b"files: [gone.pdf]"},
        {"submission.yaml": b"notes: x"},
        {"submission.yaml": b"extra: x"},
        {"submission.yaml": b"x: 2027-02-31"},
    ],
)
def test_what_is_no_record_is_an_error_of_its_own(files: dict[str, bytes]) -> None:
    """A damaged ledger is told apart from a bug."""
    with pytest.raises(SubmissionError):
        from_files(files)


@pytest.mark.parametrize(
    ("submission", "expected"),
    [
        (Submission("j", user_id="cust-1", contact_value="a@b.example"), "user:cust-1"),
        (Submission("j", contact_type="email", contact_value="A@B.example"), "email:a@b.example"),
        (Submission("j", contact_type="phone", contact_value="+44 (113) 496-0172"), "phone:+441134960172"),
        (Submission("j", name="Jana"), ""),
    ],
)
def test_the_source_is_the_user_or_else_the_contact(submission: Submission, expected: str) -> None:
    """The same person is the same source however the address is typed."""
    assert source(submission) == expected


def test_without_a_submission_id_there_is_no_key() -> None:
    """Each drop without one is a job of its own."""
    assert idempotency_key(Submission("j", "x", user_id="u")) == ""


@given(st.tuples(TEXTS, TEXTS), st.tuples(TEXTS, TEXTS))
def test_keys_are_equal_only_for_the_same_id_of_the_same_source(
    one: tuple[str, str], two: tuple[str, str]
) -> None:
    """No id of one customer can be made to look like another customer's."""
    keys = [
        idempotency_key(Submission("j", user_id=user, submission_id=each))
        for user, each in (one, two)
        if each
    ]
    assert len(set(keys)) == len({pair for pair in (one, two) if pair[1]})


BASE = Submission("j", "We bake.", contact_type="email", contact_value="a@b.example")


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, description="We brew."),
        replace(BASE, contact_value="c@b.example"),
        replace(BASE, contact_type=""),
        replace(BASE, files=(Attachment("a", b"1"),)),
        replace(BASE, voice=(Attachment("a", b"1"),)),
    ],
)
def test_the_digest_tells_other_content(other: Submission) -> None:
    """Description, contact and attachments are what was asked."""
    assert digest(other) != digest(BASE)


def test_files_and_voice_differ_in_the_digest() -> None:
    """The same bytes as a recording and as a file are not the same request."""
    one = replace(BASE, files=(Attachment("a", b"1"),))
    assert digest(one) != digest(replace(BASE, voice=(Attachment("a", b"1"),)))


def test_the_digest_does_not_see_what_was_not_asked() -> None:
    """Job id, notes and unknown keys change on the way without making it another request."""
    assert digest(replace(BASE, job_id="k", notes=("n",), extra={"a": 1}, hint="h")) == digest(BASE)

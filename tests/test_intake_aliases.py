"""Every name under which a field comes, and what its value then means."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from protogen.config import IntakeSettings
from protogen.intake.aliases import ALIASES, Fields
from protogen.intake.boilerplate import without_boilerplate
from protogen.intake.parse import parse_drop
from protogen.intake.rejected import Rejected
from protogen.submission import Submission

BAKERY = "We are a bakery in Brno."


@pytest.fixture
def parse(tmp_path: Path):
    """Parse a mapping that was dropped as a YAML file."""

    def parsed(**fields: object) -> Submission:
        path = tmp_path / "request.yaml"
        path.write_text(yaml.safe_dump(fields, allow_unicode=True), "utf-8")
        return parse_drop(path, IntakeSettings())

    return parsed


EXPECTED = {
    "job_id": ("0b9a6f0e-6a1c-4a54-9d0e-2f6f0a0a0001", "job_id"),
    "submission_id": ("order 7 of 2026", "submission_id"),
    "user_id": ("0042", "user_id"),
    "name": ("Jana Nováková", "name"),
    "contact_value": ("jana@example.com", "contact_value"),
    "user_email": ("jana@example.com", "contact_value"),
    "hint": ("A small shop", "hint"),
}


@pytest.mark.parametrize(
    ("alias", "field"),
    [(alias, field) for field, names in ALIASES.items() for alias in names if field in EXPECTED],
)
def test_a_line_is_found_under_each_of_its_names(parse, alias: str, field: str) -> None:
    """Each alias of each one-line field leads to the canonical field, and nothing is left over."""
    value, target = EXPECTED[field]
    submission = parse(description=BAKERY, **{alias: value})
    assert getattr(submission, target) == value
    assert submission.extra == {}
    assert submission.notes == ()


@pytest.mark.parametrize("alias", [*ALIASES["description"], *ALIASES["requirements"]])
def test_the_request_is_found_under_each_of_its_names(parse, alias: str) -> None:
    """The customer's own words always reach the description."""
    assert parse(**{alias: BAKERY}).description == BAKERY


@pytest.mark.parametrize("alias", ALIASES["contact_type"])
def test_the_type_of_contact_is_found_under_each_of_its_names(parse, alias: str) -> None:
    """A declared type is not guessed again."""
    submission = parse(description=BAKERY, contactValue="+420541222333", **{alias: "whatsapp"})
    assert (submission.contact_type, submission.contact_value) == ("whatsapp", "+420541222333")


@pytest.mark.parametrize("alias", ALIASES["voice"])
@pytest.mark.parametrize(
    "value", ["a.webm", ["a.webm"], "/files/a", {"filename": "a.webm"}, [{"url": "/files/a"}]]
)
def test_a_recording_is_found_under_each_of_its_names(
    parse, tmp_path: Path, alias: str, value: object
) -> None:
    """One or a list; a name, the path of an upload, or an object that names it."""
    (tmp_path / "a.webm").write_bytes(b"sound")
    submission = parse(**{alias: value})
    assert [(each.name, each.data) for each in submission.voice] == [("a.webm", b"sound")]
    assert submission.extra == {}


@pytest.mark.parametrize("alias", ALIASES["files"])
def test_files_are_found_under_each_of_their_names(parse, tmp_path: Path, alias: str) -> None:
    """Files come in the customer's order."""
    for name in ("b.pdf", "a.pdf"):
        (tmp_path / name).write_bytes(name.encode())
    submission = parse(description=BAKERY, **{alias: ["b.pdf", "/files/a"]})
    assert [each.name for each in submission.files] == ["b.pdf", "a.pdf"]


def test_every_name_of_the_table_is_tested() -> None:
    """A new alias must be added to a test here."""
    tested = {*EXPECTED, "description", "requirements", "contact_type", "contact_info", "voice", "files"}
    assert tested == set(ALIASES)


@pytest.mark.parametrize("key", ["Description", "DESCRIPTION", "text-content", "Text Content", "textContent"])
def test_case_and_separators_of_a_name_do_not_matter(parse, key: str) -> None:
    """People and programs write names in their own way."""
    assert parse(**{key: BAKERY}).description == BAKERY


def test_unknown_keys_are_kept_as_they_came(parse) -> None:
    """Nothing of a submission is thrown away."""
    submission = parse(description=BAKERY, recording_time=12, budget={"from": 100, "to": [1, 2]}, utm=None)
    assert submission.extra == {
        "recording_time": "12",
        "budget": {"from": "100", "to": ["1", "2"]},
        "utm": None,
    }


def test_a_second_text_is_added_and_not_lost(parse) -> None:
    """Two different texts are both the customer's; the same one twice is one."""
    assert (
        parse(description=BAKERY, text_content="Green, please.").description == f"{BAKERY}\n\nGreen, please."
    )
    assert parse(description=BAKERY, text_content="a bakery").description == BAKERY
    assert parse(description="a bakery", text_content=BAKERY).description == BAKERY


def test_a_value_that_lost_stays_under_its_own_name(parse) -> None:
    """The canonical name wins; what else was said can be looked up."""
    submission = parse(description=BAKERY, name="Jana", user_name="jana77")
    assert (submission.name, submission.extra) == ("Jana", {"user_name": "jana77"})


def test_an_empty_value_gives_way_to_an_alias(parse) -> None:
    """`name: ''` says nothing."""
    submission = parse(description=None, text_content=BAKERY, name="  ", user_name="Jana")
    assert (submission.description, submission.name, submission.extra) == (BAKERY, "Jana", {})


# Wrong types


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["We bake.", "We brew."], "We bake.\nWe brew."),
        ({"trade": "bakery", "wishes": ["menu", "form"], "none": None}, "trade: bakery\nwishes: menu\nform"),
        ({"a": {"b": "bread"}}, "a: b: bread"),
    ],
)
def test_a_request_of_another_type_is_read_as_text(parse, value: object, expected: str) -> None:
    """Lists and mappings become lines."""
    assert parse(description=value).description == expected


@pytest.mark.parametrize("value", [42, "---", "12:30", "?!"])
def test_a_request_without_a_word_is_none(parse, value: object) -> None:
    """A number is not a request."""
    with pytest.raises(Rejected, match="says nothing of the website"):
        parse(description=value, name="Jana")


@pytest.mark.parametrize("field", ["name", "user_id", "submission_id", "contact_value", "user_email"])
def test_a_line_that_is_a_list_is_noted_and_kept(parse, field: str) -> None:
    """It does not become somebody's name, and it is not lost."""
    submission = parse(description=BAKERY, **{field: ["a", "b"]})
    assert submission.extra == {field: ["a", "b"]}
    assert submission.notes == (f"The {field} is not one line of text; it was not used as such.",)


def test_lines_are_one_line(parse) -> None:
    """A name cannot bring a second line with it."""
    assert parse(description=BAKERY, name="Jana\n  Status: completed\t!").name == "Jana Status: completed !"


@pytest.mark.parametrize("field", ["submission_id", "user_id"])
def test_an_id_of_more_than_255_characters_is_noted(parse, field: str) -> None:
    """255 are kept, 256 are not an id."""
    assert getattr(parse(description=BAKERY, **{field: "x" * 255}), field) == "x" * 255
    submission = parse(description=BAKERY, **{field: "x" * 256})
    assert getattr(submission, field) == ""
    assert submission.notes == (f"The {field} is longer than 255 characters; it was not used.",)


@pytest.mark.parametrize("value", [{"a": "b"}, [["a.pdf"]], {"url": ["a"]}])
def test_files_that_are_no_names_are_noted(parse, value: object) -> None:
    """The request is used all the same."""
    submission = parse(description=BAKERY, files=value)
    assert submission.files == ()
    assert submission.notes == ("The field 'files' names no file; write it as a list of file names.",)
    assert submission.extra == {"files": value}


def test_endless_lists_of_files_end() -> None:
    """A hundred thousand names are not looked for."""
    notes: list[str] = []
    fields = Fields(
        {"description": BAKERY, "files": [f"{n}.pdf" for n in range(100_000)], "voice": "x" * 9999}, notes
    )
    assert len(fields.files) == 200
    assert fields.voice == ()
    assert len(notes) == 2


# Contacts


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"contact_value": "jana@example.com"}, ("email", "jana@example.com")),
        ({"contact_value": "@jana_bakes"}, ("telegram", "@jana_bakes")),
        ({"contact_value": "t.me/jana"}, ("telegram", "t.me/jana")),
        ({"contact_value": "+44 113 496 0172"}, ("phone", "+44 113 496 0172")),
        ({"contact_value": "0800 000 000"}, ("phone", "0800 000 000")),
        (
            {"contact_value": "https://www.linkedin.com/in/jana"},
            ("linkedin", "https://www.linkedin.com/in/jana"),
        ),
        ({"contact_value": "wa.me/420541222333"}, ("whatsapp", "wa.me/420541222333")),
        ({"contact_value": "ask at the bar"}, ("", "ask at the bar")),
        ({"contact_type": "E-Mail", "contact_value": "x"}, ("email", "x")),
        ({"contact_type": "Mobile", "contact_value": "x"}, ("phone", "x")),
        ({"contact_type": "pigeon", "contact_value": "a@b.example"}, ("email", "a@b.example")),
        ({"contact_type": "telegram", "contact_value": "jana"}, ("telegram", "jana")),
        (
            {"contact_info": {"name": "Jana", "email": "a@b.example", "phone": "123456"}},
            ("email", "a@b.example"),
        ),
        ({"contact_info": {"email": None, "phone": "123456"}}, ("phone", "123456")),
        (
            {"contact_info": {"email": "a@b.example", "phone": "123456"}, "contactType": "phone"},
            ("phone", "123456"),
        ),
        ({"contact_info": "a@b.example"}, ("email", "a@b.example")),
        ({"contact_info": {"telegram": "@jana"}}, ("telegram", "@jana")),
        ({"user_email": "a@b.example"}, ("email", "a@b.example")),
        ({"user_email": "@jana"}, ("telegram", "@jana")),
        ({"user_email": "jana_bakes"}, ("telegram", "jana_bakes")),
        ({"user_email": "@jana", "contactType": "email"}, ("telegram", "@jana")),
        ({"user_email": "@jana", "contactValue": "a@b.example"}, ("email", "a@b.example")),
        (
            {"user_email": "@jana", "contact_value": "@petra", "contact_type": "telegram"},
            ("telegram", "@petra"),
        ),
        ({"user_email": "a@b.example", "contact_info": {"phone": "123456"}}, ("email", "a@b.example")),
        (
            {"user_email": "a@b.example", "contact_info": {"phone": "123456"}, "contact_type": "phone"},
            ("phone", "123456"),
        ),
        ({"contact_type": "email"}, ("", "")),
        ({"contact_info": ["a"]}, ("", "")),
    ],
)
def test_one_contact_is_found(parse, fields: dict[str, object], expected: tuple[str, str]) -> None:
    """`contact_value` wins; a Telegram handle is one wherever it stands; types are known by their look."""
    submission = parse(description=BAKERY, **fields)
    assert (submission.contact_type, submission.contact_value) == expected


def test_the_other_contacts_are_kept(parse) -> None:
    """A phone number beside the e-mail is a fact of the customer's."""
    info = {"name": "Jana", "email": "a@b.example", "phone": "123456"}
    submission = parse(description=BAKERY, contact_info=info, user_email="@jana", contact_type="email")
    assert (submission.name, submission.contact_value) == ("Jana", "a@b.example")
    assert submission.extra == {"contact_info": info, "user_email": "@jana"}


# Boilerplate


@pytest.mark.parametrize(
    "text",
    [
        "Analyze business requirements for a website",
        "Analyse the business requirements and create a technical specification.",
        "Please analyze business requirements:",
        "Type: website, Priority: high",
        "type: landing page; priority: 3.",
        "Type: website\nPriority: high",
        "Analyze business requirements for customer Jana.\nType: website, Priority: medium",
        "- Type: a, Priority: b\n\n42",
    ],
)
def test_boilerplate_is_not_a_request(text: str) -> None:
    """What another program wrote is not what the customer wants."""
    assert without_boilerplate(text) == ""


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"Analyze business requirements for: {BAKERY}", BAKERY),
        (f"Analyze business requirements.\n\n{BAKERY}", BAKERY),
        (f"Type: website, Priority: high. {BAKERY}", BAKERY),
        (f"Type: website, Priority: high\n{BAKERY}", BAKERY),
        (BAKERY, BAKERY),
        ("We analyze business requirements for banks.", "We analyze business requirements for banks."),
        ("Our priority: bread", "Our priority: bread"),
    ],
)
def test_the_customers_words_around_boilerplate_stay(text: str, own: str) -> None:
    """Only the boilerplate itself is cut."""
    assert without_boilerplate(text) == own


def test_a_request_of_boilerplate_alone_is_vague_and_accepted(parse) -> None:
    """Somebody asked for a website; that nobody wrote down which is no reason to lose them."""
    submission = parse(
        name="Kim", requirements="Analyze business requirements for the customer. Type: a, Priority: b"
    )
    assert submission.description == ""
    assert submission.extra == {
        "requirements": "Analyze business requirements for the customer. Type: a, Priority: b"
    }


def test_requirements_are_the_last_resort(parse, tmp_path: Path) -> None:
    """Beside the customer's own words or voice they are only a hint."""
    submission = parse(description=BAKERY, requirements="An online shop", analysis={"kind": "shop"})
    assert (submission.description, submission.hint) == (BAKERY, "kind: shop\n\nAn online shop")
    (tmp_path / "a.webm").write_bytes(b"sound")
    submission = parse(voice="a.webm", requirements="An online shop")
    assert (submission.description, submission.hint) == ("", "An online shop")
    submission = parse(text_content="Type: website, Priority: low", requirements="An online shop")
    assert submission.description == "An online shop"


def test_an_analysis_is_never_the_description(parse) -> None:
    """What another system concluded may steer, but is not what the customer said."""
    submission = parse(analysis="The customer wants a shop with 500 products.")
    assert submission.description == ""
    assert submission.hint == "The customer wants a shop with 500 products."


@pytest.mark.parametrize(
    "fields", [{"name": "Kim"}, {"contact_value": "a@b.example"}, {"a": "b"}, {"voice": "gone.webm"}]
)
def test_what_asks_for_nothing_is_rejected(parse, fields: dict[str, object]) -> None:
    """The reason says what to add."""
    with pytest.raises(
        Rejected, match=r"says nothing of the website that is wanted; add 'description: …'\.$"
    ):
        parse(**fields)

"""The examples and the page on the format keep up with the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from protogen.config import IntakeSettings
from protogen.intake.aliases import ALIASES
from protogen.intake.parse import parse_drop

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
FORMAT = (ROOT / "docs" / "formats.md").read_text("utf-8")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_submission_without_a_flaw(path: Path) -> None:
    """Nothing of it is unknown, missing or noted."""
    submission = parse_drop(path, IntakeSettings())
    assert len(submission.description) > 500
    assert (submission.missing, submission.notes, dict(submission.extra)) == ((), (), {})
    assert submission.submission_id == f"example-{path.stem}"
    assert submission.name
    assert submission.contact_value in submission.description


def test_the_examples_are_three_and_described() -> None:
    """The page beside them names each."""
    page = (ROOT / "examples" / "README.md").read_text("utf-8")
    assert len(EXAMPLES) == 3
    assert all(f"`{path.name}`" in page for path in EXAMPLES)


@pytest.mark.parametrize("alias", sorted({alias for names in ALIASES.values() for alias in names}))
def test_every_name_of_a_field_is_documented(alias: str) -> None:
    """The table of names in docs/formats.md is whole."""
    assert f"`{alias}`" in FORMAT


@pytest.mark.parametrize("setting", ["max_file_bytes", "max_drop_bytes", "quiet_seconds", "give_up_seconds"])
def test_the_settings_that_the_page_names_are_there(setting: str) -> None:
    """A renamed setting is renamed in the page too."""
    assert f"`intake.{setting}`" in FORMAT
    assert setting in IntakeSettings.model_fields

"""The pipeline alone: what is written, and that nothing is where it did not come to a site."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from protogen.config import ConfigError, LlmSettings, Role, Settings
from protogen.generate import generate
from protogen.hooks import Hook
from protogen.intake.rejected import Rejected
from protogen.llm.writer import Cancelled
from tools.model import good, hang, status, stub


@pytest.fixture
def request_file(home: Settings) -> Path:
    """A request beside the home's folders."""
    file = home.home / "request.yaml"
    file.write_text("description: Fern & Flour is a bakery in Brno. We sell rye bread and cakes.", "utf-8")
    return file


def asking(settings: Settings, base_url: str) -> Settings:
    role = Role(model="stub", languages=("*",))
    llm = LlmSettings(provider="openai", base_url=base_url, nlp=role, codegen=role)
    return settings.model_copy(update={"llm": llm})


def test_a_site_written_by_a_model_says_so(home: Settings, request_file: Path) -> None:
    """Through a real socket; an empty folder may be there already."""
    output = home.home / "out"
    output.mkdir()
    with stub(good) as model:
        about = generate(asking(home, model.base_url), request_file, output, Hook(), threading.Event())
    assert about == json.loads((output / "metadata.json").read_text("utf-8"))
    assert about["ai_sections"] > 0.5
    assert about["degraded"] is False
    assert {stage["model"] for stage in about["stages"] if stage["completion_tokens"]} == {"stub"}
    assert about["generation_time"] > 0


def test_a_model_that_fails_costs_rungs(home: Settings, request_file: Path) -> None:
    """The site is there, degraded, and every stage says why."""
    with stub(status(503)) as model:
        settings = asking(home, model.base_url)
        about = generate(settings, request_file, home.home / "out", Hook(), threading.Event())
    assert about["degraded"] is True
    assert "http-503" in about["stages"][0]["reason"]
    assert (home.home / "out" / "index.html").is_file()


def test_a_model_that_hangs_costs_no_more_than_the_deadline(home: Settings, request_file: Path) -> None:
    """The site is written in time, and says which parts did not come."""
    settings = home.model_copy(update={"generation_timeout": 15.0})
    with stub(hang) as model:
        settings = asking(settings, model.base_url)
        about = generate(settings, request_file, home.home / "out", Hook(), threading.Event())
    assert about["generation_time"] < 15
    assert about["degraded"] is True
    assert about["stages"][0]["reason"] in ("too-late", "no-time")


def test_a_stop_in_the_middle_leaves_nothing(home: Settings, request_file: Path) -> None:
    """An answer that is awaited is given up at once."""
    stopping = threading.Event()
    threading.Timer(0.5, stopping.set).start()
    with stub(hang) as model, pytest.raises(Cancelled):
        generate(asking(home, model.base_url), request_file, home.home / "out", Hook(), stopping)
    assert len(model.requests) == 1
    assert not (home.home / "out").exists()


def test_a_stop_leaves_nothing(home: Settings, request_file: Path) -> None:
    """No half site for somebody to find."""
    stopping = threading.Event()
    stopping.set()
    with stub(good) as model, pytest.raises(Cancelled):
        generate(asking(home, model.base_url), request_file, home.home / "out", Hook(), stopping)
    assert not (home.home / "out").exists()


def test_a_request_that_cannot_be_used_is_refused_before_the_model_starts(home: Settings) -> None:
    """The provider is not asked for anything."""
    (home.home / "empty.yaml").write_text("name: Jana", "utf-8")
    with stub(good) as model, pytest.raises(Rejected):
        generate(
            asking(home, model.base_url),
            home.home / "empty.yaml",
            home.home / "out",
            Hook(),
            threading.Event(),
        )
    assert model.requests == []


@pytest.mark.parametrize("name", ["www", "Fern", "xn--fern"])
def test_a_name_that_no_site_can_have_is_refused(home: Settings, request_file: Path, name: str) -> None:
    """Reserved ones too."""
    with pytest.raises(ConfigError, match="is no project id"):
        generate(home, request_file, home.home / "out", Hook(), threading.Event(), project_id=name)


def test_a_listener_that_fails_does_not_cost_the_site(home: Settings, request_file: Path) -> None:
    """As in the worker."""

    class Broken(Hook):
        def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
            raise RuntimeError("broken")

    settings = home.model_copy(update={"llm": LlmSettings(provider="none")})
    about = generate(settings, request_file, home.home / "out", Broken(), threading.Event())
    assert len(about["stages"]) == 5

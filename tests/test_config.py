"""config.yaml and the environment: what they may say, and what is said of what they may not."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from protogen.config import ENVIRONMENT, ConfigError, Settings, describe, load, setting_names
from tools.missing import ROOT

SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
SHIPPED: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))


def written(folder: Path, text: str) -> Path:
    """A home whose config.yaml says `text`."""
    (folder / "config.yaml").write_text(text, "utf-8")
    return folder


def refusal(folder: Path, text: str = "", environ: dict[str, str] | None = None) -> str:
    """What is said of settings that cannot be used."""
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), environ or {})
    message = str(caught.value)
    assert "\n" not in message
    return message


def value_of(settings: BaseModel, name: str) -> Any:
    for part in name.split("."):
        settings = getattr(settings, part)
    return settings


def in_file(name: str) -> Any:
    value: Any = SHIPPED
    for part in name.split("."):
        assert part in value, f"config.yaml does not show {name}"
        value = value[part]
    return value


@pytest.mark.parametrize("name", setting_names())
def test_config_yaml_shows_every_setting_at_its_default(name: str) -> None:
    """The file that `init` writes is a full list, and deleting a line of it changes nothing."""
    in_file(name)
    assert value_of(load(ROOT, {}), name) == value_of(load(ROOT / "docs", {}), name)


def test_config_yaml_shows_nothing_else() -> None:
    """No setting in the file that the program does not know."""
    assert load(ROOT, {}).model_dump() == Settings(home=ROOT).model_dump()


@pytest.mark.parametrize(("name", "meaning"), describe())
def test_the_settings_page_has_every_setting_with_its_default(name: str, meaning: str) -> None:
    """docs/settings.md: a row a setting, and the default in it is the one that holds."""
    assert meaning
    row = re.search(rf"^\| `{re.escape(name)}` \| `?([^|`]*)`? \|", SETTINGS_PAGE, re.MULTILINE)
    assert row, f"docs/settings.md has no row for {name}"
    shown = yaml.safe_load(row[1].strip())
    shipped = in_file(name)
    assert (shown or None) == (shipped or None), f"docs/settings.md: {name} is {shown}, not {shipped}"


def test_the_settings_page_has_no_setting_that_is_not_there() -> None:
    """A setting that goes leaves the page too."""
    rows = set(re.findall(r"^\| `([a-z_.]+)` \|", SETTINGS_PAGE, re.MULTILINE))
    assert rows == set(setting_names())


@pytest.mark.parametrize("name", [*ENVIRONMENT, "OLLAMA_HOST", "PROTOGEN_API_KEY"])
def test_the_settings_page_has_every_environment_variable(name: str) -> None:
    """Each variable that is read is explained."""
    assert f"| `{name}` |" in SETTINGS_PAGE


@pytest.mark.parametrize(
    ("name", "text", "setting", "value"),
    [
        ("PROTOTYPE_STORAGE_PATH", "/srv/sites", "published", Path("/srv/sites")),
        ("PROTOTYPE_EXPIRY_DAYS", "7", "expiry_days", 7),
        ("PROTOTYPE_MAX_CONCURRENT", "1", "max_concurrent", 1),
        ("PROTOTYPE_QUEUE_REDIS_URL", "redis://localhost", "queue_redis_url", "redis://localhost"),
        ("GENERATION_TIMEOUT", "90", "generation_timeout", 90.0),
        ("OLLAMA_MODEL_CODEGEN", "codellama:7b", "llm.codegen.model", "codellama:7b"),
        ("OLLAMA_MODEL_NLP", "llama2:7b", "llm.nlp.model", "llama2:7b"),
        ("PROTOGEN_PORT", "8080", "web.port", 8080),
        ("PROTOGEN_MODEL_PATH", "/srv/a.gguf", "model.path", Path("/srv/a.gguf")),
        ("PROTOGEN_MODEL_URL", "https://mirror.example/a", "model.url", "https://mirror.example/a"),
        ("PROTOGEN_LLM_BASE_URL", "http://gpu:8000/v1", "llm.base_url", "http://gpu:8000/v1"),
        ("PROTOGEN_LLM_PROVIDER", "openai", "llm.provider", "openai"),
        ("PROTOGEN_LOG_LEVEL", "debug", "log.level", "debug"),
        ("PROTOGEN_LOG_CONSOLE", "json", "log.console", "json"),
    ],
)
def test_the_environment_wins_over_the_file(
    tmp_path: Path, name: str, text: str, setting: str, value: object
) -> None:
    """Every variable sets what it says it sets, whatever the file has."""
    written(tmp_path, (ROOT / "config.yaml").read_text("utf-8"))
    assert value_of(load(tmp_path, {name: text}), setting) == value
    assert value_of(load(tmp_path, {name: ""}), setting) == value_of(Settings(), setting)


def test_every_variable_is_tried_above() -> None:
    """The list above is whole."""
    marks = test_the_environment_wins_over_the_file.pytestmark  # type: ignore[attr-defined]
    assert {row[0] for row in marks[0].args[1]} == set(ENVIRONMENT)


def test_without_an_environment_given_the_process_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`load` reads the real environment where it is given none."""
    monkeypatch.setitem(os.environ, "PROTOTYPE_EXPIRY_DAYS", "9")
    assert load(tmp_path).expiry_days == 9


def test_naming_an_ollama_model_chooses_ollama(tmp_path: Path) -> None:
    """The original plan's variables are enough."""
    settings = load(tmp_path, {"OLLAMA_MODEL_CODEGEN": "codellama:7b"})
    assert (settings.llm.provider, settings.llm.base_url) == ("ollama", "")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("gpu", "http://gpu:11434"),
        ("gpu:9000", "http://gpu:9000"),
        ("http://gpu", "http://gpu:11434"),
        ("http://gpu:9000/", "http://gpu:9000/"),
        ("https://gpu.example", "https://gpu.example"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(tmp_path: Path, host: str, url: str) -> None:
    """Scheme and port may be left out; Ollama's port is then meant."""
    settings = load(tmp_path, {"OLLAMA_MODEL_NLP": "llama2:7b", "OLLAMA_HOST": host})
    assert settings.llm.base_url == url


def test_a_provider_that_is_named_stands(tmp_path: Path) -> None:
    """PROTOGEN_LLM_PROVIDER is the last word, with Ollama's variables lying about."""
    environ = {"OLLAMA_MODEL_NLP": "llama2:7b", "PROTOGEN_LLM_PROVIDER": "embedded"}
    assert load(tmp_path, environ).llm.provider == "embedded"


def test_a_folder_without_config_has_the_defaults(tmp_path: Path) -> None:
    """A home needs no config.yaml."""
    settings = load(tmp_path, {})
    assert settings == Settings(home=tmp_path)
    assert settings.inbox_dir == tmp_path / "inbox"


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    """As has one of comments only."""
    assert load(written(tmp_path, "# nothing yet\n"), {}) == Settings(home=tmp_path)


def test_a_heading_without_settings_has_the_defaults(tmp_path: Path) -> None:
    """Commenting out every line of a part does not break the file."""
    text = "retry:\n#  attempts: 5\nllm:\n  nlp:\n"
    assert load(written(tmp_path, text), {}) == Settings(home=tmp_path)
    assert load(tmp_path, {"PROTOGEN_LLM_PROVIDER": "none"}).llm.provider == "none"


def test_relative_paths_are_taken_from_the_home(tmp_path: Path) -> None:
    """Whatever folder the program was started in."""
    settings = load(written(tmp_path, "inbox: ../in\nmodel:\n  path: models/a.gguf\n"), {})
    assert settings.inbox_dir == tmp_path.parent / "in"
    assert settings.model.path == tmp_path / "models/a.gguf"


def test_an_empty_model_path_is_the_cache(tmp_path: Path) -> None:
    """`path: ""` is no path, and not the current folder."""
    assert load(written(tmp_path, 'model:\n  path: ""\n'), {}).model.path is None


def test_a_home_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """Not another home's settings, and not the defaults."""
    with pytest.raises(ConfigError, match=r"There is nothing at .*nowhere.*protogen init"):
        load(tmp_path / "nowhere", {})


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("expiry_day: 3", "expiry_day", "expiry_days"),
        ("web: {prot: 1}", "web.prot", "web.port"),
        ("llm: {nlp: {modle: x}}", "llm.nlp.modle", "llm.nlp.model"),
        ("zzz: 1", "zzz", ""),
    ],
)
def test_an_unknown_setting_names_the_nearest_known_one(
    tmp_path: Path, text: str, unknown: str, nearest: str
) -> None:
    """A slip of the finger is told with its mend."""
    message = refusal(tmp_path, text)
    assert f"unknown setting '{unknown}'" in message
    assert f"did you mean '{nearest}" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max_concurrent: 4", "'max_concurrent'.* must be 1: one machine generates one prototype at a time"),
        ("web: {port: 99999}", r"'web\.port'.* less than or equal to 65535"),
        ("expiry_days: soon", "'expiry_days'.* valid integer"),
        ("generation_timeout: .inf", "'generation_timeout'.* finite"),
        ("llm: {base_url: localhost}", "'llm.base_url'.* must be an address such as http://127.0.0.1:11434"),
        ("llm: {provider: openia}", "'llm.provider'.*'embedded'.*'openai'"),
        ("web: {public_url: 'https://example.com'}", r"'web\.public_url'.*\{project_id\}"),
        (
            "notices: {customer: {email: 'mailto://a:b@example.com'}}",
            r"'notices\.customer\.email'.*\{contact\}",
        ),
        ("notices: {customer: {email: 'mailto://a:b@{contact}'}}", "must have {contact} behind the host"),
        ("notices: {operator: [ops@example.com]}", r"'notices\.operator'.* must be an apprise URL"),
        ("notices: {statex: {base_url: localhost}}", r"'notices\.statex\.base_url'.* must be an address"),
        ("notices: {events: [everything]}", r"'notices\.events\.0'.*'confirmation'"),
        ("web: {app_url: example.com}", r"'web\.app_url'.* must be an address"),
        ("web: 3000", "'web'.* is a heading"),
        ("retry: {attempts: 0}", r"'retry\.attempts'.* greater than or equal to 1"),
        ("- inbox", "must be a mapping of settings"),
        ("home: /srv", "sets 'home'"),
        ("a: b: c", "cannot be read as YAML"),
        ("web: {port: 1}\nrun: run\nweb: {port: 2}", "'web' is set twice, in line 3 again"),
        ("web: {port: 1, port: 2}", "'port' is set twice"),
        ("\x00", "cannot be read as YAML"),
        ("1: 2", "unknown setting '1'"),
        ("inbox: [1]", "'inbox'"),
        ("!!python/object:os.system {}", "cannot be read as YAML"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    """The setting and what it must be; no traceback, no words of a library's insides."""
    message = refusal(tmp_path, text)
    assert re.search(said, message)
    assert "Traceback" not in message


def test_a_variable_that_cannot_be_used_is_said_the_same_way(tmp_path: Path) -> None:
    """The environment is held to the same limits."""
    message = refusal(tmp_path, "", {"PROTOTYPE_MAX_CONCURRENT": "8"})
    assert "environment variable" in message


def test_a_printed_address_is_the_public_one(tmp_path: Path) -> None:
    """Behind a proxy people see `public_url`."""
    settings = load(written(tmp_path, "web: {public_url: 'https://{project_id}.example.com/'}"), {})
    assert settings.site_url("fern-7k2mq") == "https://fern-7k2mq.example.com/"
    assert load(tmp_path.parent, {}).site_url("fern-7k2mq") == "http://fern-7k2mq.localhost:3000/"

"""config.yaml and the environment become one frozen Settings."""

from __future__ import annotations

import contextlib
import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator

from protogen.backoff import RetrySettings as RetrySettings
from protogen.config_llm import OLLAMA_DEFAULT_HOST as OLLAMA_DEFAULT_HOST
from protogen.config_llm import OLLAMA_PORT, LlmSettings, Part, is_part
from protogen.config_llm import Role as Role
from protogen.config_log import LogSettings
from protogen.config_notices import AlertSettings, NoticeSettings, WebhookSettings

CONFIG_NAME = "config.yaml"


class ConfigError(Exception):
    """Settings that cannot be used; the message names the setting and the mend."""


class ModelSettings(Part):
    """The embedded model."""

    path: Path | None = Field(None, description="a GGUF file to use as it is; empty takes the user's cache")
    url: str = Field("", description="a mirror of the weights, tried before the publisher's")
    context: int = Field(8192, ge=2048, description="tokens of context")
    threads: int = Field(0, ge=0, description="0 takes every core")

    @field_validator("path", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return value or None


class IntakeSettings(Part):
    """Limits of what comes in."""

    max_yaml_bytes: int = Field(1_000_000, ge=1, description="size of a submission's YAML")
    max_file_bytes: int = Field(50_000_000, ge=1, description="size of one attached file")
    max_drop_bytes: int = Field(200_000_000, ge=1, description="size of a whole drop")
    quiet_seconds: float = Field(2.0, ge=0, description="a drop unchanged for so long is taken as whole")
    give_up_seconds: float = Field(600.0, ge=0, description="a drop still incomplete after this is rejected")
    scan_seconds: float = Field(3.0, gt=0, description="the inbox is read again this often, events or not")


class VoiceSettings(Part):
    """Spoken requests."""

    provider: Literal["embedded", "openai", "none"] = Field(
        "embedded",
        description="embedded | openai (any compatible server) | none (recordings are kept unheard)",
    )
    base_url: str = Field("", description="root of that server's API, with or without /v1")
    model: str = Field("whisper-1", description="its model")
    api_key_env: str = Field("", description="name of the environment variable that holds its key")
    audio_seconds: float = Field(300.0, gt=0, le=3600, description="of a recording, so much is heard")
    work_seconds: float = Field(45.0, gt=0, le=600, description="for all recordings of a request")


class LimitSettings(Part):
    """How much may be asked for. The operator, by his token, is not limited."""

    user_per_day: int = Field(2, ge=0, description="requests a day of one user_id; 0 does not limit")
    contact_per_day: int = Field(3, ge=0, description="requests a day for one contact; 0 does not limit")
    address_per_hour: int = Field(
        30,
        ge=0,
        description="requests an hour from one address (IPv6: one /64), refused ones too; 0: no limit",
    )
    trusted: tuple[str, ...] = Field(
        (), description="addresses or networks that have the next limit instead of the one above"
    )
    trusted_per_hour: int = Field(1000, ge=0, description="requests an hour from a trusted address")

    _networks = field_validator("trusted")(lambda value: _networks(value))


class WebSettings(Part):
    """The built-in server."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(3000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    app_domain: str = Field("localhost", description="host of the form, the viewer and the API")
    sites_domain: str = Field("localhost", description="prototypes stand at <project-id>.<sites_domain>")
    public_url: str = Field(
        "",
        description="printed address, with {project_id} in it; empty builds it from domain and port",
    )
    app_url: str = Field(
        "", description="printed root of the form and the viewer; empty builds it from domain and port"
    )
    proxies: tuple[str, ...] = Field(
        (), description="addresses or networks of proxies whose word for the visitor's address is taken"
    )
    cors_origins: tuple[str, ...] = Field(
        (), description="origins of other sites whose pages may call the API, such as https://example.com"
    )
    idle_seconds: float = Field(
        20.0, gt=0, description="a request whose body stands still for so long is broken off"
    )
    limits: LimitSettings = LimitSettings()

    _proxies = field_validator("proxies")(lambda value: _networks(value))

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", value):
                raise ValueError(f"must hold origins such as https://example.com, not {value!r}")
        return values

    @field_validator("public_url")
    @classmethod
    def _names_the_project(cls, value: str) -> str:
        if value and (not value.startswith(("http://", "https://")) or "{project_id}" not in value):
            raise ValueError("must be an address with {project_id} in it, or empty")
        return value

    @field_validator("app_url")
    @classmethod
    def _a_root(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s?#]+", value):
            raise ValueError("must be an address such as https://example.com/, or empty")
        return value and value.rstrip("/") + "/"


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ipaddress.ip_network(value, strict=False)
        except ValueError:
            raise ValueError(f"must hold addresses or networks such as 10.0.0.0/8, not {value!r}") from None
    return values


class Settings(Part):
    """Every setting, checked. Relative paths are taken from the home, the folder of config.yaml."""

    home: Path = Field(
        default_factory=Path.cwd, exclude=True, description="folder of config.yaml; not set in it"
    )
    inbox: Path = Field(Path("inbox"), description="where drops come in")
    published: Path = Field(Path("published"), description="where finished sites stand")
    ledger: Path = Field(Path("ledger.git"), description="the job store, a bare git repository")
    backup: Path | None = Field(
        None, description="a mirror of the ledger, brought up to date once a day; empty keeps none"
    )
    upkeep: tuple[Literal["prune", "backup", "verify", "trim"], ...] = Field(
        ("prune", "backup", "verify", "trim"),
        description="what `protogen up` does by itself when idle; leave out what timers do",
    )
    run: Path = Field(Path("run"), description="locks and pid files of this home")
    expiry_days: int = Field(30, ge=1, le=3650, description="days a prototype is kept")
    reserve_bytes: int = Field(
        50_000_000,
        ge=1_000_000,
        description="room held back on the disk; with less than that free, work waits",
    )
    generation_timeout: float = Field(120.0, gt=0, le=86_400, description="seconds from claim to published")
    max_concurrent: int = Field(1, description="jobs at once; 1 until more machines come")
    queue_redis_url: str = Field("", description="accepted for the original plan; the ledger is the queue")
    llm: LlmSettings = LlmSettings()
    model: ModelSettings = ModelSettings()
    retry: RetrySettings = RetrySettings()
    voice: VoiceSettings = VoiceSettings()
    intake: IntakeSettings = IntakeSettings()
    web: WebSettings = WebSettings()
    notices: NoticeSettings = NoticeSettings()
    webhook: WebhookSettings = WebhookSettings()
    alerts: AlertSettings = AlertSettings()
    log: LogSettings = LogSettings()

    @field_validator("backup", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return value or None

    @field_validator("max_concurrent")
    @classmethod
    def _one_at_a_time(cls, value: int) -> int:
        if value != 1:
            raise ValueError("must be 1: one machine generates one prototype at a time")
        return value

    def at_home(self, path: Path) -> Path:
        """`path` as an absolute path, from the home where it is relative."""
        return (self.home / path.expanduser()).resolve()

    @property
    def inbox_dir(self) -> Path:
        """Absolute path of the inbox."""
        return self.at_home(self.inbox)

    @property
    def published_dir(self) -> Path:
        """Absolute path of the published sites."""
        return self.at_home(self.published)

    @property
    def ledger_dir(self) -> Path:
        """Absolute path of the ledger."""
        return self.at_home(self.ledger)

    @property
    def backup_dir(self) -> Path | None:
        """Absolute path of the mirror, if one is kept."""
        return self.at_home(self.backup) if self.backup else None

    @property
    def run_dir(self) -> Path:
        """Absolute path of locks and pid files."""
        return self.at_home(self.run)

    @property
    def outbox_dir(self) -> Path:
        """Absolute path of the messages that are not delivered yet."""
        return self.run_dir / "outbox"

    @property
    def logs_dir(self) -> Path:
        """Absolute path of the folder of the log's files."""
        return self.run_dir / "logs"

    @property
    def alerts_file(self) -> Path:
        """Absolute path of the file that holds what is wrong just now."""
        return self.run_dir / "alerts.json"

    def site_url(self, project_id: str) -> str:
        """The address at which people find a prototype."""
        if self.web.public_url:
            return self.web.public_url.replace("{project_id}", project_id)
        return f"http://{project_id}.{self.web.sites_domain}:{self.web.port}/"


# The names of the original plan, and where each stands here.
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "PROTOTYPE_STORAGE_PATH": ("published",),
    "PROTOTYPE_EXPIRY_DAYS": ("expiry_days",),
    "PROTOTYPE_MAX_CONCURRENT": ("max_concurrent",),
    "PROTOTYPE_QUEUE_REDIS_URL": ("queue_redis_url",),
    "GENERATION_TIMEOUT": ("generation_timeout",),
    "OLLAMA_MODEL_CODEGEN": ("llm", "codegen", "model"),
    "OLLAMA_MODEL_NLP": ("llm", "nlp", "model"),
    "PROTOGEN_PORT": ("web", "port"),
    "PROTOGEN_MODEL_PATH": ("model", "path"),
    "PROTOGEN_MODEL_URL": ("model", "url"),
    "PROTOGEN_LLM_BASE_URL": ("llm", "base_url"),
    "PROTOGEN_LLM_PROVIDER": ("llm", "provider"),
    "PROTOGEN_LOG_LEVEL": ("log", "level"),
    "PROTOGEN_LOG_CONSOLE": ("log", "console"),
}


# With one of these the environment names the one provider, in place of a list in the file.
CHOOSING = ("PROTOGEN_LLM_PROVIDER", "PROTOGEN_LLM_BASE_URL", "OLLAMA_MODEL_CODEGEN", "OLLAMA_MODEL_NLP")


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of a home.

    `path` is a config.yaml or a folder that may hold one; None is the current folder. A folder without one
    means defaults. The environment (`ENVIRONMENT`) wins over the file. Raises ConfigError with one plain
    sentence.
    """
    environ = os.environ if environ is None else environ
    path = Path.cwd() if path is None else path
    if not path.exists():
        raise ConfigError(f"There is nothing at {path}; make a home there: protogen init {path}")
    file = path / CONFIG_NAME if path.is_dir() else path
    data = _read(file)
    _overlay(data, environ)
    try:
        return _at_home(Settings(home=file.parent.resolve(), **data))
    except ValidationError as error:
        raise ConfigError(_plain(error, file)) from None


def _at_home(settings: Settings) -> Settings:
    """The model's path from the home, as those of `Settings` are."""
    if settings.model.path is None:
        return settings
    model = settings.model.model_copy(update={"path": settings.at_home(settings.model.path)})
    return settings.model_copy(update={"model": model})


class _Once(yaml.SafeLoader):
    """YAML in which a name stands once: of two blocks the last would count, and the other for nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Raises yaml.YAMLError where a name stands twice."""
        seen = set()
        for name in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if name.value in seen:
                line = name.start_mark.line + 1
                raise yaml.YAMLError(
                    f"{name.value!r} is set twice, in line {line} again; make one of the two"
                )
            seen.add(name.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        data = yaml.load(file.read_text("utf-8"), _Once)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{file} cannot be read as YAML: {' '.join(str(error).split())}.") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigError(f"{file} must be a mapping of settings, one 'name: value' a line.")
    if "home" in data:
        raise ConfigError(f"{file} sets 'home', which is the folder that this file is in; remove that line.")
    return {str(key): value for key, value in data.items()}


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> None:
    if any(environ.get(name) for name in CHOOSING) and isinstance(data.get("llm"), dict):
        data["llm"].pop("providers", None)
    for name, keys in ENVIRONMENT.items():
        if value := environ.get(name):
            _set(data, keys, value)
    if environ.get("OLLAMA_MODEL_CODEGEN") or environ.get("OLLAMA_MODEL_NLP"):
        if not environ.get("PROTOGEN_LLM_PROVIDER"):
            _set(data, ("llm", "provider"), "ollama")
        host = environ.get("OLLAMA_HOST", "")
        if host and not environ.get("PROTOGEN_LLM_BASE_URL"):
            _set(data, ("llm", "base_url"), _ollama_url(host))


def _set(data: dict[str, Any], keys: tuple[str, ...], value: str) -> None:
    part = data
    for key in keys[:-1]:
        if part.get(key) is None:
            part[key] = {}
        part = part[key]
        if not isinstance(part, dict):
            return  # the file is wrong there; validation says so in its own words
    part[keys[-1]] = value


def _ollama_url(host: str) -> str:
    """OLLAMA_HOST as Ollama reads it: scheme and port may be left out."""
    url = host if "://" in host else f"http://{host}"
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.port is None and parts.scheme == "http":
            return f"{url.rstrip('/')}:{OLLAMA_PORT}"
    return url


def _plain(error: ValidationError, file: Path) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(where, setting_names(), n=1, cutoff=0)
        return f"{file} has an unknown setting '{where}'; did you mean '{near[0]}'?"
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] in ("model_type", "dict_type"):
        message = "is a heading: write its settings below it, indented"
    return f"The setting '{where}' ({file} or its environment variable) {message[0].lower()}{message[1:]}."


def setting_names() -> list[str]:
    """Every setting as a dotted name, in the order of the classes."""
    return [name for name, _ in describe()]


def describe(model: type[BaseModel] = Settings, prefix: str = "") -> list[tuple[str, str]]:
    """Every setting as (dotted name, what it means)."""
    rows: list[tuple[str, str]] = []
    for name, info in model.model_fields.items():
        if info.exclude:
            continue
        if is_part(info.annotation):
            rows += describe(info.annotation, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, info.description or ""))
    return rows

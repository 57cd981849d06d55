"""doctor: each thing that can be wrong is found, and told with its mend."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from protogen import doctor
from protogen import home as homes
from protogen.config import LlmSettings, ModelSettings, Role, Settings, WebSettings
from protogen.config_notices import NoticeSettings, WebhookSettings
from protogen.doctor import Finding, examine
from protogen.llm import state
from tools.model import hang, offers, status, stub


@pytest.fixture
def healthy(home: Settings) -> Iterator[Settings]:
    """A home in which nothing is wrong."""
    settings = home.model_copy(update={"llm": LlmSettings(provider="none")})
    homes.ready(settings).close()
    return settings


def bad(settings: Settings) -> list[Finding]:
    """What is bad; each must have a mend."""
    found = [finding for finding in examine(settings) if finding.state == "bad"]
    assert all(finding.mend for finding in found)
    return found


def asking(settings: Settings, base_url: str, model: str = "", provider: str = "openai") -> Settings:
    llm = LlmSettings.model_validate(
        {"provider": provider, "base_url": base_url, "codegen": Role(model=model)}
    )
    return settings.model_copy(update={"llm": llm})


def test_nothing_is_bad_in_a_healthy_home(healthy: Settings) -> None:
    """And the mode is told in which no AI works."""
    assert bad(healthy) == []
    assert any("every page is made from templates" in f.what and f.state == "note" for f in examine(healthy))


def test_a_missing_program_is_found(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """git is needed; nginx only in front of customers."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    found = {finding.what: finding.state for finding in examine(healthy)}
    assert found["git is missing."] == "bad"
    assert found["nginx is missing."] == "note"


@pytest.mark.parametrize("name", ["inbox", "published", "run"])
def test_a_missing_folder_is_found(healthy: Settings, name: str) -> None:
    """With the command that makes it."""
    (healthy.home / name).rmdir()
    (finding,) = bad(healthy)
    assert f"The {name} folder" in finding.what
    assert finding.mend == f"protogen init {healthy.home}"


def test_a_folder_that_cannot_be_written_is_found(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a customer's drop finds it."""
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: Path(path) != healthy.inbox_dir)
    (finding,) = bad(healthy)
    assert "inbox" in finding.what
    assert "cannot be written" in finding.what


def test_a_full_disk_is_found(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under 500 MB."""
    usage = shutil.disk_usage(healthy.home)._replace(free=100_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert {finding.mend for finding in bad(healthy)} == {"free some disk"}


def test_a_ledger_that_is_not_there_is_found(healthy: Settings) -> None:
    """With the command that makes it."""
    shutil.rmtree(healthy.ledger_dir)
    (finding,) = bad(healthy)
    assert "There is no ledger" in finding.what


SECRETS = ("ledger.git", "ledger.key", "operator.token", "run", "run/outbox", "run/logs", "mirror.git")


@pytest.mark.parametrize("name", SECRETS)
def test_what_others_can_read_of_secrets_is_found(healthy: Settings, name: str) -> None:
    """Customers' requests lie in the ledger and its mirror, its key names people, notices name jobs."""
    settings = healthy.model_copy(update={"backup": Path("mirror.git")})
    path = healthy.home / name
    if not path.exists():
        path.mkdir()
    path.chmod(0o700)
    assert bad(settings) == []
    path.chmod(0o750)
    (finding,) = bad(settings)
    assert finding.mend == f"chmod go-rwx {path}"


@pytest.mark.parametrize(("user", "state"), [(os.geteuid() + 1, "bad"), (0, "note")])
def test_a_home_of_another_user_is_found(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch, user: int, state: str
) -> None:
    """Told once, and to root as a note: he may."""
    if user == os.geteuid():
        os.chown(healthy.ledger_dir, user + 1, -1)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    (finding,) = [finding for finding in examine(healthy) if "belongs to" in finding.what]
    assert finding.state == state
    assert "chown" in finding.mend


def test_an_inbox_for_everybody_and_one_for_nobody_else_are_found(healthy: Settings) -> None:
    """Its group may drop requests, other users may not."""
    healthy.inbox_dir.chmod(0o777)
    (finding,) = bad(healthy)
    assert finding.mend == f"chmod o-rwx {healthy.inbox_dir}"
    healthy.inbox_dir.chmod(0o700)
    assert bad(healthy) == []
    assert any("Only" in finding.what and "g+rwx" in finding.mend for finding in examine(healthy))


def test_a_folder_that_was_taken_in_and_cannot_be_removed_is_found(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds what a customer sent, and nothing else would tell of it."""
    left = healthy.inbox_dir / ".taken-0a3c"
    left.mkdir()
    assert bad(healthy) == []
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != left and access(path, mode))
    (finding,) = bad(healthy)
    assert finding.mend == f"as root: rm -r {left}"


def in_public(settings: Settings) -> Settings:
    """Served by nginx, at domains of its own."""
    web = WebSettings(app_domain="app.example.com", sites_domain="sites.example")
    return settings.model_copy(update={"web": web})


@pytest.fixture
def reachable() -> Iterator[Settings]:
    """A home that nginx's user can come to; pytest's own folders are shut to him."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        settings = in_public(Settings(home=home, reserve_bytes=1_000_000, llm=LlmSettings(provider="none")))
        homes.ready(settings).close()
        (settings.published_dir / "fern-flour-7k2mq").mkdir(mode=0o755)
        (settings.published_dir / "fern-flour-7k2mq" / "index.html").write_text("Fern", "utf-8")
        yield settings


def test_sites_that_nginx_cannot_read_are_found(reachable: Settings) -> None:
    """A folder above them, their own, a page: each with the command that opens it."""
    published = reachable.published_dir
    assert bad(reachable) == []
    for path, mode, mend in (
        (reachable.home, 0o700, f"chmod o+x {reachable.home}"),
        (published, 0o700, f"chmod -R o+rX {published}"),
        (published / "fern-flour-7k2mq", 0o750, f"chmod -R o+rX {published}"),
        (published / "fern-flour-7k2mq" / "index.html", 0o640, f"chmod -R o+rX {published}"),
    ):
        before = path.stat().st_mode
        path.chmod(mode)
        (finding,) = bad(reachable)
        assert finding.mend == mend
        assert "nginx" in finding.what
        path.chmod(before)
    assert bad(reachable) == []


def test_settings_that_leave_an_operator_in_the_dark_are_noted(reachable: Settings) -> None:
    """In public: nobody is alerted, nothing is backed up, addresses have a port; set, each is silent."""

    def mends(settings: Settings) -> str:
        return " ".join(finding.mend for finding in examine(settings) if finding.state == "note")

    words = (
        "notices.operator",
        "set backup",
        "https://{project_id}.sites.example/",
        f"https://{reachable.web.app_domain}/",
        "[127.0.0.1]",
    )
    assert all(each in mends(reachable) for each in words)
    web = WebSettings(
        app_domain="app.example.com",
        sites_domain="sites.example",
        public_url="https://{project_id}.sites.example/",
        app_url="https://app.example.com/",
        proxies=("127.0.0.1",),
    )
    notices = NoticeSettings(operator=("json://127.0.0.1:1/",))
    update = {"web": web, "notices": notices, "backup": Path("/dev/shm/mirror.git")}
    assert not any(each in mends(reachable.model_copy(update=update)) for each in words)
    same = reachable.model_copy(update={"backup": Path("mirror.git")})
    assert any("ledger's own disk" in finding.what for finding in examine(same))


def test_a_variable_that_is_not_set_is_found(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which a notice's URL or the webhook's signature needs."""
    monkeypatch.delenv("PROTOGEN_WEBHOOK_SECRET", raising=False)
    webhook = WebhookSettings(url="https://example.com/hook")
    (finding,) = bad(healthy.model_copy(update={"webhook": webhook}))
    assert "PROTOGEN_WEBHOOK_SECRET" in finding.mend
    notices = NoticeSettings(operator=("json://${NOT_SET_AT_ALL}@127.0.0.1/",))
    (finding,) = bad(healthy.model_copy(update={"notices": notices}))
    assert "NOT_SET_AT_ALL" in finding.what


def test_a_queue_that_is_not_used_is_told(healthy: Settings) -> None:
    """The original plan's Redis."""
    settings = healthy.model_copy(update={"queue_redis_url": "redis://localhost"})
    assert any("queue_redis_url" in finding.what for finding in examine(settings))
    assert bad(settings) == []


def test_a_server_that_answers_is_good(healthy: Settings) -> None:
    """With the model that is wanted; Ollama's names may lack their tag."""
    with stub(offers("llama2:latest", "codellama:7b")) as model:
        assert bad(asking(healthy, model.base_url, "codellama:7b")) == []
        assert bad(asking(healthy, model.base_url, "llama2", "ollama")) == []
        (finding,) = bad(asking(healthy, model.base_url, "gpt"))
    assert "does not offer gpt" in finding.what
    assert "codellama:7b" in finding.mend


def test_a_server_that_offers_nothing_is_found(healthy: Settings) -> None:
    """With the answer to what to do."""
    with stub(offers()) as model:
        (finding,) = bad(asking(healthy, model.base_url))
    assert "offers no model" in finding.what


@pytest.mark.parametrize("reply", [hang, status(500)])
def test_a_server_that_fails_is_found(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch, reply: object
) -> None:
    """Also one that says nothing for ever."""
    monkeypatch.setattr(state, "LOOK_SECONDS", 0.3)
    with stub(reply) as model:  # type: ignore[arg-type]
        (finding,) = bad(asking(healthy, model.base_url, "gpt"))
    assert finding.mend == "start that server, or correct llm.base_url"


def test_a_server_without_address_is_found(healthy: Settings) -> None:
    """The setting is named."""
    (finding,) = bad(asking(healthy, ""))
    assert "llm.base_url is not set" in finding.what


def test_missing_weights_and_runtime_are_found(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the embedded model needs."""
    settings = healthy.model_copy(
        update={"llm": LlmSettings(), "model": ModelSettings(path=healthy.home / "nowhere.gguf")}
    )
    monkeypatch.setattr(state.importlib.util, "find_spec", lambda name: None)
    assert [finding.mend for finding in bad(settings)] == [
        "pip install 'protogen[embedded]'",
        "protogen model fetch",
    ]


@pytest.mark.parametrize(
    ("runtime", "what", "mend"),
    [
        (
            "raise ImportError('libgomp.so.1: cannot open shared object file')",
            "libgomp",
            "apt-get install libgomp1",
        ),
        (
            "import os; os.kill(os.getpid(), 4)",
            "code -4",
            "pip install --force-reinstall xllamacpp, or name another server under llm",
        ),
    ],
)
def test_a_runtime_that_cannot_be_loaded_is_found(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch, runtime: str, what: str, mend: str
) -> None:
    """A library of the system's is missing, or the processor cannot run it: before the service fails at it."""
    (healthy.home / "xllamacpp.py").write_text(runtime)
    monkeypatch.setenv("PYTHONPATH", str(healthy.home))
    model = ModelSettings(path=healthy.home / "nowhere.gguf")
    found = bad(healthy.model_copy(update={"llm": LlmSettings(), "model": model}))
    assert [finding.mend for finding in found] == [mend, "protogen model fetch"]
    assert what in found[0].what


@pytest.mark.parametrize(
    ("app", "sites", "state"),
    [
        ("localhost", "localhost", "note"),
        ("example.com", "example.com", "bad"),
        ("app.example.com", "example.com", "bad"),
        ("app.example.com", "sites.example", None),
        ("notexample.com", "example.com", None),
    ],
)
def test_prototypes_beside_the_app_are_warned_of(
    healthy: Settings, app: str, sites: str, state: str | None
) -> None:
    """A stranger's page must not share a domain with the form and the API."""
    settings = healthy.model_copy(update={"web": WebSettings(app_domain=app, sites_domain=sites)})
    found = [finding.state for finding in examine(settings) if "sites_domain" in finding.what]
    assert found == ([state] if state else [])


def test_the_old_ai_service_is_noticed(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers on its port and is of no use."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(doctor, "LEGACY_PORT", listener.getsockname()[1])
        assert any("old AI service" in finding.what for finding in examine(healthy))
    assert not any("old AI service" in finding.what for finding in examine(healthy))

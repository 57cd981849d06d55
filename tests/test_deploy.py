"""deploy/: what it holds is valid to the programs that read it, and agrees with the code."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from protogen.cli import app
from protogen.cli_ledger import HOME_VARIABLE
from protogen.config import Settings
from protogen.hooks.metrics import JOB_BUCKETS, Metrics
from protogen.ledger import Ledger
from protogen.logs.events import FIELDS
from protogen.logs.file import LOG_NAME
from tools.missing import ROOT, program
from tools.servers import free_port

DEPLOY = ROOT / "deploy"
UNITS = sorted(path for path in (DEPLOY / "systemd").iterdir() if path.suffix in (".service", ".timer"))
MOST_EXPOSED = 20  # of 100, by systemd-analyze(1); it calls 50 medium


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


@pytest.fixture
def analyze() -> str:
    return program(["systemd-analyze"], "systemd")


def installed(tmp_path: Path) -> list[Path]:
    """The units as they would be where protogen is installed: with a program that is there."""
    units = []
    for unit in UNITS:
        copy = tmp_path / unit.name
        copy.write_text(unit.read_text("utf-8").replace("/opt/protogen/bin/protogen", "/bin/true"), "utf-8")
        units.append(copy)
    return units


def test_systemd_takes_the_units(analyze: str, tmp_path: Path) -> None:
    """Without a warning."""
    done = run(analyze, "verify", "--man=no", *installed(tmp_path))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_finds_what_is_wrong_in_a_unit(analyze: str, tmp_path: Path) -> None:
    """The check above can fail."""
    wrong = tmp_path / "wrong.service"
    wrong.write_text((DEPLOY / "systemd" / "protogen.service").read_text("utf-8") + "WatchdogSecs=1\n")
    assert "WatchdogSecs" in run(analyze, "verify", "--man=no", wrong).stderr


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda u: u.name)
def test_the_services_are_hardened(analyze: str, unit: Path) -> None:
    """By systemd's own measure."""
    done = run(analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", unit)
    assert done.returncode == 0, done.stdout[-200:]


def test_the_service_is_watched_and_bounded() -> None:
    """Every setting that the operating guide promises."""
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=", comment_prefixes="#")
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "systemd" / "protogen.service")
    wanted = {
        "Type": "notify",
        "Restart": "on-failure",
        "KillMode": "mixed",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "PrivateTmp": "yes",
        "MemoryMax": "4500M",
        "LimitCORE": "0",
    }
    assert {name: unit["Service"][name] for name in wanted} == wanted
    assert unit["Service"]["WatchdogSec"]
    assert unit["Service"]["Environment"] == "PROTOGEN_LOG_CONSOLE=json"  # the last of its lines
    assert "PROTOGEN_LOG_CONSOLE=json" in CONTAINERFILE
    assert "/srv/protogen" in unit["Service"]["ReadWritePaths"]


def test_each_timer_starts_a_command_that_there_is() -> None:
    """And one that may be taken out of `upkeep`."""
    commands = {
        command.name or (command.callback and command.callback.__name__)
        for group in app.registered_groups
        for command in (group.typer_instance.registered_commands if group.typer_instance else [])
    }
    for unit in (unit for unit in UNITS if unit.suffix == ".timer"):
        found = re.search(r"^Unit=protogen-task@([a-z]+)\.service$", unit.read_text("utf-8"), re.MULTILINE)
        assert found
        assert found[1] in commands
        assert unit.name == f"protogen-{found[1]}.timer"


# -- Prometheus and Grafana -------------------------------------------------------------------------------

RULES = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "protogen.json"


@pytest.fixture
def promtool() -> str:
    return program(["promtool"], "prometheus")


@pytest.fixture
def samples(home: Settings) -> set[str]:
    """The name of every sample that the program exposes."""
    with Ledger.create(home.ledger_dir) as ledger:
        lines = Metrics(ledger).exposed().decode().splitlines()
    kinds = dict(line.split()[2:4] for line in lines if line.startswith("# TYPE "))
    ends = {"histogram": ("_bucket", "_count", "_sum")}
    return {name + end for name, kind in kinds.items() for end in ends.get(kind, ("",))}


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return found


def expressions() -> list[str]:
    """Every query of the dashboard, as Grafana would send it."""
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [each.replace("$__rate_interval", "5m").replace("$instance", ".*") for each in found]


def test_prometheus_takes_the_rules(promtool: str) -> None:
    """And finds a fault where there is one."""
    assert run(promtool, "check", "rules", RULES).returncode == 0


def test_the_rules_alert_of_a_bad_hour_and_not_of_a_good_one(promtool: str, tmp_path: Path) -> None:
    """By promtool's unit tests beside them; with a threshold changed, these fail."""
    tests = RULES.with_name("alerts.test.yml")
    done = run(promtool, "test", "rules", tests)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / tests.name).write_text(tests.read_text("utf-8"), "utf-8")
    changed = RULES.read_text("utf-8").replace("oldest_seconds > 900", "oldest_seconds > 9000")
    (tmp_path / RULES.name).write_text(changed, "utf-8")
    assert run(promtool, "test", "rules", tmp_path / tests.name).returncode != 0


def test_every_alert_of_the_rules_is_tested() -> None:
    """Each fires in the tests beside them."""
    rules = yaml.safe_load(RULES.read_text("utf-8"))
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}
    tested = RULES.with_name("alerts.test.yml").read_text("utf-8")
    assert alerts == set(re.findall(r'alertname="(\w+)"', tested))


def test_prometheus_takes_the_dashboards_queries(promtool: str, tmp_path: Path) -> None:
    """Each as a rule of its own."""
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(expressions())]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    done = run(promtool, "check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(rules) > 15


def test_rules_and_dashboard_ask_for_metrics_that_there_are(samples: set[str]) -> None:
    """By the name that is scraped; and for the bucket that is the promise."""
    asked = RULES.read_text("utf-8") + " ".join(expressions())
    names = set(re.findall(r"protogen_[a-z_]+", asked))
    assert len(names) > 15
    assert names <= samples
    assert 120 in JOB_BUCKETS
    told = {
        re.sub(r"_(total|bucket|count|sum)$", "", name) for name in samples if not name.endswith("_created")
    }
    shown = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in names}
    assert told - shown == {"protogen_success_ratio"}  # of all time: the last hour's is shown


def test_no_panel_covers_another() -> None:
    """Each has its place on the grid of 24 columns."""
    places = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels())
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) == 23
    assert len({panel["id"] for panel in panels()}) == len(panels())


# -- Containers -------------------------------------------------------------------------------------------

COMPOSE = DEPLOY / "compose.yaml"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text("utf-8")


@pytest.fixture
def services(tmp_path: Path) -> dict[str, Any]:
    """The services of compose.yaml as docker-compose resolves them, Ollama's profile with them."""
    for file in (COMPOSE, DEPLOY / "compose.env.example"):
        (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    (tmp_path / "compose.env.example").rename(tmp_path / ".env")
    compose = program(["docker-compose"], "docker-compose")
    done = run(compose, "--file", tmp_path / COMPOSE.name, "--profile", "ollama", "config")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return found


def test_compose_resolves_to_hardened_services(services: dict[str, Any]) -> None:
    """Each with a read-only root, no new privileges, no capability it does not need, and a look at its health."""
    assert set(services) == {"app", "nginx", "ollama"}
    for service in services.values():
        assert service["read_only"] is True
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["cap_drop"] == ["ALL"]
        assert service["healthcheck"]["test"]
        assert service["restart"] == "unless-stopped"
    assert services["ollama"]["profiles"] == ["ollama"]
    assert services["nginx"]["depends_on"] == {"app": {"condition": "service_healthy"}}
    assert services["nginx"]["network_mode"] == "service:app"
    assert all(
        ":" in image.rpartition("/")[2] for image in (services[name]["image"] for name in ("nginx", "ollama"))
    )


def test_nginx_may_read_the_home_and_not_write_it(services: dict[str, Any]) -> None:
    """At the path that the app has it, which its configuration names."""
    homes = {
        name: volume
        for name in ("app", "nginx")
        for volume in services[name]["volumes"]
        if (volume if isinstance(volume, str) else volume["source"]).startswith("home")
    }
    assert homes["app"].startswith("home:/srv/protogen")
    assert homes["nginx"] == "home:/srv/protogen:ro"


def test_the_image_is_made_of_what_there_is_and_runs_as_nobody_special() -> None:
    """Everything copied is in the checkout and let through; the user is not root; its command is one of ours."""
    let_through = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    copied = {
        name for line in re.findall(r"^COPY (.+)$", CONTAINERFILE, re.MULTILINE) for name in line.split()[:-1]
    }
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    needed = {*built["targets"]["wheel"]["packages"], *built["targets"]["wheel"]["force-include"]}
    assert needed <= copied
    assert re.search(r"^USER protogen$", CONTAINERFILE, re.MULTILINE)
    assert 'ENTRYPOINT ["protogen"]\nCMD ["up"]\n' in CONTAINERFILE
    assert "python:3.11" in CONTAINERFILE


# -- Logs -------------------------------------------------------------------------------------------------


def test_promtail_asks_for_fields_that_the_log_has() -> None:
    """And makes labels of those alone that have few values."""
    config = yaml.safe_load((DEPLOY / "loki" / "promtail.yaml").read_text("utf-8"))
    (scrape,) = config["scrape_configs"]
    stages = {name: value for stage in scrape["pipeline_stages"] for name, value in stage.items()}
    assert set(stages["json"]["expressions"].values()) <= {"time", "level", "event", *FIELDS}
    assert set(stages["labels"]) == {"level", "event", "stage"}
    home = Settings(home=Path("/srv/protogen"))
    (target,) = scrape["static_configs"]
    assert target["labels"]["__path__"] == str(home.logs_dir / LOG_NAME)


# -- TLS --------------------------------------------------------------------------------------------------


def test_the_tls_that_the_guide_gives_is_taken_by_nginx(tmp_path: Path) -> None:
    """Its own command on the configuration, a certificate of one's own, and each server listens for both."""
    guide = (ROOT / "docs" / "operating.md").read_text("utf-8")
    (edit,) = re.findall(r"\| sed -E '([^']+)'", guide)
    plain = DEPLOY / "nginx" / "protogen.conf"
    served = run("sed", "-E", edit, plain).stdout
    assert served.count("443 ssl") == len(re.findall(r"listen \S*80\b", plain.read_text("utf-8"))) > 0
    served = re.sub(r"\n *listen \[::\][^\n]+", "", served)
    served = served.replace("listen 80", f"listen {free_port()}").replace(
        "listen 443", f"listen {free_port()}"
    )
    (tmp_path / "protogen.conf").write_text(served, "utf-8")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=example.com",
    ]
    assert run(*made, "-keyout", key, "-out", certificate).returncode == 0
    tls = re.search(r"<<'END'\n(.*?)\nEND\n", guide, re.DOTALL)
    assert tls
    lines = re.sub(r"/etc/\S+/fullchain\.pem", str(certificate), tls[1])
    (tmp_path / "tls.conf").write_text(re.sub(r"/etc/\S+/privkey\.pem", str(key), lines), "utf-8")
    http = f"access_log off; include {tmp_path}/tls.conf; include {tmp_path}/protogen.conf;"
    main = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {http} }}"
    (tmp_path / "nginx.conf").write_text(main, "utf-8")
    done = run(program(["nginx"], "nginx"), "-t", "-e", "stderr", "-c", tmp_path / "nginx.conf")
    assert done.returncode == 0, done.stderr


def test_commands_run_as_the_service_does() -> None:
    """The script that the guide installs names the unit's user, cache, keys and program; a shell takes it."""
    script = DEPLOY / "systemd" / "protogen.sh"
    assert run("sh", "-n", script).returncode == 0
    text = script.read_text("utf-8")
    unit = (DEPLOY / "systemd" / "protogen.service").read_text("utf-8")
    for setting in ("User", "Environment", "EnvironmentFile", "ExecStart"):
        found = re.search(rf"^{setting}=-?(\S+)", unit, re.MULTILINE)
        assert found
        assert found[1] in text
    home = re.search(r"--home-dir (\S+)", (ROOT / "docs" / "operating.md").read_text("utf-8"))
    assert home
    assert f" HOME={home[1]} " in text  # runuser leaves root's
    assert f" {HOME_VARIABLE}={home[1]} " in text  # else a command takes the folder that it is given in
    assert f"--home {home[1]}" in unit

"""The commands, as processes: what they print, their exit codes, and one sentence for each error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from protogen import __version__, cli
from protogen.cli import app
from protogen.handin import Handed
from protogen.intake.quarantine import quarantine
from protogen.logs.events import STAGES
from tools.commands import REQUEST, Home
from tools.missing import ROOT
from tools.model import stub
from tools.processes import Running, protogen, up

COMMANDS_PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new home, made by `init`."""
    home = Home(tmp_path / "home")
    home.run("init", ".")
    return home


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Running, str]]:
    """A home in which `up` runs, and a job that it has completed."""
    home = Home(tmp_path_factory.mktemp("busy") / "home")
    (home.folder / "config.yaml").write_text("intake: {quiet_seconds: 0.2, scan_seconds: 0.5}", "utf-8")
    with up(home.folder, home.environ) as running:
        printed = home.run("submit", "request.yaml", "--wait").splitlines()
        yield home, running, printed[0]


def leaves(command: Any, name: str = "protogen") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name."""
    if parts := getattr(command, "commands", None):
        for part, below in parts.items():
            yield from leaves(below, f"{name} {part}")
    else:
        yield name, command


ALL = dict(leaves(typer.main.get_command(app)))


def test_the_environment_names_the_home_where_the_command_line_does_not(home: Home, tmp_path: Path) -> None:
    """As for the operator's commands, which he gives in any folder; an option wins."""
    folder = home.folder
    home.folder = tmp_path / "elsewhere"
    home.folder.mkdir()
    home.environ["PROTOGEN_HOME"] = str(folder)
    assert f"The ledger {folder}/ledger.git opens" in home.call("doctor").stdout
    assert "make a home there" in home.fails("list", "--home", "nowhere")


# -- the page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_the_commands_page_has_every_command_and_option(name: str) -> None:
    """docs/commands.md: a row a command, and each of its options somewhere on the page."""
    assert re.search(rf"^\| `{name}(?: [^`]*)?` \|", COMMANDS_PAGE, re.MULTILINE)
    for parameter in ALL[name].params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("-") and option != "--help":
                assert re.search(rf"`{option}[` ]", COMMANDS_PAGE), f"{name} {option} is not on the page"


def test_the_commands_page_has_no_command_that_is_not_there() -> None:
    """A command that goes leaves the page too."""
    rows = re.findall(r"^\| `(protogen [a-z ]+?)(?: [\[A-Z-][^`]*)?` \|", COMMANDS_PAGE, re.MULTILINE)
    assert set(rows) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_option_is_explained_by_help(name: str) -> None:
    """`--help` has a sentence for each."""
    assert ALL[name].help
    for parameter in ALL[name].params:
        assert getattr(parameter, "help", "said") or parameter.name == "help", parameter.name


# -- help and usage ---------------------------------------------------------------------------------------


def test_help_calls_the_program_by_its_name(tmp_path: Path) -> None:
    """Whatever file or module it was started from."""
    run = protogen("--help", cwd=tmp_path)
    assert run.returncode == 0
    assert "Usage: protogen " in run.stdout


def test_the_version_is_said(tmp_path: Path) -> None:
    """Without a command, and nothing else with it."""
    run = protogen("--version", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, f"{__version__}\n")


@pytest.mark.parametrize("arguments", [["bake"], ["generate"], ["list", "--colour"], ["list", "-n", "many"]])
def test_wrong_usage_is_code_2(tmp_path: Path, arguments: list[str]) -> None:
    """With what is wrong, and no traceback."""
    run = protogen(*arguments, cwd=tmp_path)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert "Usage: protogen" in run.stderr


# -- errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["list"], ["log"], ["show", UNKNOWN], ["submit", "request.yaml"]])
def test_a_folder_that_is_no_home_is_said(tmp_path: Path, command: list[str]) -> None:
    """With what to do; and nothing is made in it."""
    home = Home(tmp_path / "empty")
    assert "run protogen init" in home.fails(*command)
    assert [path.name for path in home.folder.iterdir()] == ["request.yaml"]


@pytest.mark.parametrize("command", ["list", "log", "doctor", "nginx", "up"])
def test_a_home_that_does_not_exist_is_said(home: Home, command: str) -> None:
    """Another home's jobs are never shown in its place."""
    assert "There is nothing at nowhere; make a home there" in home.fails(command, "-C", "nowhere")


@pytest.mark.parametrize(
    "command", [["list"], ["up"], ["generate", "request.yaml", "-o", "out"], ["doctor"], ["submit", "x"]]
)
def test_a_config_that_cannot_be_used_is_said(home: Home, command: list[str]) -> None:
    """The unknown setting with the nearest known one."""
    (home.folder / "config.yaml").write_text("expiry_day: 3", "utf-8")
    assert "unknown setting 'expiry_day'; did you mean 'expiry_days'?" in home.fails(*command)


@pytest.mark.parametrize("command", [["submit"], ["generate", "-o", "out"], ["try", "--once", "-C", "."]])
def test_a_request_that_is_not_there_is_said(home: Home, command: list[str]) -> None:
    """By its name, before anything else is begun."""
    assert "nothing at" in home.fails(*command, "missing.yaml")
    assert not (home.folder / "out").exists()


@pytest.mark.parametrize("command", ["show", "log"])
@pytest.mark.parametrize("job", [UNKNOWN, "nonsense", "[/red]"])
def test_an_unknown_job_is_said(home: Home, command: str, job: str) -> None:
    """Letter for letter: what a person types is no markup."""
    assert home.fails(command, job).startswith(f"There is no job {job} in the ledger")


def test_a_folder_in_the_way_of_a_home_is_said(home: Home) -> None:
    """`init` on a file."""
    assert "request.yaml cannot be made a home" in home.fails("init", "request.yaml")


# -- init -------------------------------------------------------------------------------------------------


def test_init_makes_a_home_and_keeps_what_is_there(home: Home) -> None:
    """Twice is once."""
    (home.folder / "config.yaml").write_text("expiry_days: 7\n", "utf-8")
    key = (home.folder / "ledger.key").read_bytes()
    assert "is ready" in home.run("init", ".")
    assert (home.folder / "config.yaml").read_text("utf-8") == "expiry_days: 7\n"
    assert (home.folder / "ledger.key").read_bytes() == key
    for name in ("inbox", "published", "ledger.git", "run"):
        assert (home.folder / name).is_dir()


# -- submit, list, show, log ------------------------------------------------------------------------------


def test_submit_answers_from_the_first_moment(home: Home) -> None:
    """With nothing running: the job id, and `show` finds it in the inbox."""
    job = home.run("submit", "request.yaml").strip()
    assert home.json("show", job, "--json") == {"job": job, "status": "in the inbox"}
    assert "in the inbox" in home.run("show", job)
    assert "No jobs yet" in home.run("list")
    assert home.json("list", "--json") == []


def test_submit_wait_ends_with_the_address(busy: tuple[Home, Running, str]) -> None:
    """On stdout the job id and the address, and the same again for the same submission_id: one job."""
    home, _, job = busy
    printed = home.run("submit", "request.yaml", "--wait").splitlines()
    project = home.json("show", job, "--json")["project"]
    assert printed == [job, f"http://{project}.localhost:{home.environ['PROTOGEN_PORT']}/"]
    assert len(home.json("list", "--json")) == 1


def test_the_same_request_twice_in_the_inbox_is_one_job(busy: tuple[Home, Running, str]) -> None:
    """`--wait` for the one that came second ends with the first one's address."""
    home, _, _ = busy
    (home.folder / "twin.yaml").write_text(REQUEST.replace("order-1", "order-twin"), "utf-8")
    (home.folder / "inbox" / "twin.yaml").write_text(REQUEST.replace("order-1", "order-twin"), "utf-8")
    address = home.run("submit", "twin.yaml", "--wait").splitlines()[-1]
    assert address.startswith("http://")
    assert len([row for row in home.json("list", "--json") if row["project"] in address]) == 1


def test_the_same_submission_id_with_other_content_is_refused(busy: tuple[Home, Running, str]) -> None:
    """Naming the job that it belongs to."""
    home, _, job = busy
    (home.folder / "other.yaml").write_text(
        "submission_id: order-1\ndescription: A tailor in Prague.", "utf-8"
    )
    assert f"belongs to job {job} with other content" in home.fails("submit", "other.yaml")


def test_a_drop_rejected_later_ends_the_wait_with_its_reason(busy: tuple[Home, Running, str]) -> None:
    """`show` gives the reason too."""
    home, running, _ = busy
    (home.folder / "inbox" / f"{UNKNOWN}.yaml").write_text("a: b: c", "utf-8")
    running.says("Rejected", 30)
    about = home.json("show", UNKNOWN, "--json")
    assert about["status"] == "rejected"
    assert about["error"].endswith(".")


def test_submit_wait_gives_the_reason_of_a_rejection(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the inbox refused after it was handed in: one sentence and code 2."""
    job = home.run("submit", "request.yaml").strip()
    quarantine(home.folder / "inbox" / job, job, "The photo is broken; send it again.")
    monkeypatch.setattr(cli, "hand_in", lambda *_: Handed(job))
    run = home.call("submit", "request.yaml", "--wait")
    assert (run.code, run.stdout) == (2, f"{job}\n")
    assert run.stderr.splitlines()[-1] == "The photo is broken; send it again."


def test_list_show_and_log_tell_people(busy: tuple[Home, Running, str]) -> None:
    """Nothing cut off, however narrow the terminal."""
    home, _, job = busy
    about = home.json("show", job, "--json")
    row = next(line for line in home.run("list").splitlines() if job in line)
    assert row.split()[1] == "completed"
    assert about["project"] in row
    shown = home.run("show", job)
    for text in (job, about["url"], about["expires_at"], *about["stages"]):
        assert text in shown
    lines = [line.split() for line in home.run("log").splitlines() if job in line]
    assert [line[2] for line in lines] == ["pending", "processing", "completed"]


def test_list_show_and_log_tell_programs(busy: tuple[Home, Running, str]) -> None:
    """JSON with times in RFC 3339, and null for what is not there."""
    home, _, job = busy
    row = next(row for row in home.json("list", "--json", "--status", "completed") if row["job"] == job)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["at"])
    assert row["seconds"] > 0
    about = home.json("show", job, "--json")
    assert about["status"] == "completed"
    assert about["bytes"] > 10_000
    assert len(about["stages"]) == 5
    events = [event for event in home.json("log", "--json") if event["job"] == job]
    assert [event["status"] for event in events] == ["pending", "processing", "completed"]
    assert events[0]["seconds"] is None
    assert home.json("list", "--json", "--status", "failed") == []
    assert len(home.json("list", "--json", "-n", "1")) == 1


# -- generate, check --------------------------------------------------------------------------------------


def test_generate_writes_a_site_that_passes_the_check(home: Home) -> None:
    """Without ledger and publishing; --json prints the metadata and nothing else."""
    about = home.json("generate", "request.yaml", "-o", "out", "--json", "--project-id", "fern-flour")
    assert about["project_id"] == "fern-flour"
    assert about == json.loads((home.folder / "out" / "metadata.json").read_text("utf-8"))
    assert (home.folder / "out" / "index.html").is_file()
    assert list((home.folder / "published").iterdir()) == []
    assert home.run("check", "out") == "The site passes.\n"


def test_generate_shows_its_progress_to_people(home: Home) -> None:
    """A line a stage, and where the page is."""
    printed = home.run("generate", "request.yaml", "-o", "out", "--no-deadline")
    assert [words for words in STAGES.values() if words not in printed] == []
    assert printed.count("✓") == 5
    assert printed.endswith("out/index.html is written.\n")


def test_the_same_seed_makes_the_same_site(home: Home) -> None:
    """And the same project id; only the times in metadata.json differ."""
    names = ("one", "two")
    made = [home.json("generate", "request.yaml", "-o", name, "--seed", "7", "--json") for name in names]
    assert made[0]["project_id"] == made[1]["project_id"]
    one, two = (
        {
            path.relative_to(home.folder / name).as_posix(): path.read_bytes()
            for path in (home.folder / name).rglob("*")
            if path.is_file() and path.name != "metadata.json"
        }
        for name in names
    )
    assert one == two


def test_generate_leaves_a_folder_with_files_alone(home: Home) -> None:
    """Nothing of anybody's is written over."""
    (home.folder / "out").mkdir()
    (home.folder / "out" / "mine.txt").write_text("mine", "utf-8")
    assert home.fails("generate", "request.yaml", "-o", "out") == "out is not empty; name a new folder."
    assert [path.name for path in (home.folder / "out").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["www", "Fern", "xn--fern", "-fern", "a.b"])
def test_generate_refuses_a_name_that_no_site_can_have(home: Home, name: str) -> None:
    """Reserved names too."""
    assert "is no project id" in home.fails("generate", "request.yaml", "-o", "out", f"--project-id={name}")


def test_check_names_what_is_wrong(home: Home) -> None:
    """Code 1 and a line a fault; a folder that is none is wrong usage."""
    home.run("generate", "request.yaml", "-o", "out")
    page = home.folder / "out" / "index.html"
    page.write_text(
        page.read_text("utf-8").replace("</main>", '<img src="https://x.example/a.png"></main>'), "utf-8"
    )
    assert home.run("check", "out", code=1).strip()
    assert "is no folder" in home.fails("check", "request.yaml")


# -- try, doctor, nginx, model ----------------------------------------------------------------------------


def test_try_once_makes_a_home_and_a_site_and_exits(home: Home) -> None:
    """Its last line is the address; a second time shows the same job's."""
    first = home.run("try", "request.yaml", "--once", "-C", "tried")
    address = first.splitlines()[-1]
    assert re.fullmatch(r"http://[a-z0-9-]+\.localhost:\d+/", address)
    assert sum(words in first for words in STAGES.values()) == 5
    again = home.run("try", "request.yaml", "--once", "-C", "tried").splitlines()
    assert again[-1] == address
    assert not any(words in line for line in again for words in STAGES.values())


def test_doctor_finds_a_new_home_healthy(home: Home) -> None:
    """Code 0: nothing is bad, and what is noted has its mend."""
    findings = home.json("doctor", "--json")
    assert {finding["state"] for finding in findings} == {"good", "note"}
    assert all(finding["mend"] for finding in findings if finding["state"] == "note")
    assert home.run("doctor").count("\n") == len(findings)


def test_doctor_finds_what_is_missing(tmp_path: Path) -> None:
    """Code 1, and each line with a mend."""
    home = Home(tmp_path / "empty")
    lines = home.run("doctor", code=1).splitlines()
    bad = [line for line in lines if line.startswith("✗")]
    assert any("inbox" in line and "protogen init" in line for line in bad)
    assert any("ledger" in line for line in bad)


def test_nginx_prints_a_configuration(home: Home) -> None:
    """As it is to be put into a file."""
    printed = home.run("nginx")
    assert "server_name" in printed
    assert str(home.folder / "published") in printed


def test_model_status_says_what_is_there(home: Home) -> None:
    """For a file of one's own, that it is not there."""
    home.environ["PROTOGEN_MODEL_PATH"] = "nowhere.gguf"
    about = home.json("model", "status", "--json")
    providers = about.pop("providers")
    assert about == {"path": str(home.folder / "nowhere.gguf"), "bytes": 0, "of": 0, "verified": False}
    assert [each["provider"] for each in providers] == ["none"]
    assert "nowhere.gguf" in home.run("model", "status")
    assert "nowhere.gguf" in home.fails("model", "fetch")


def test_generate_with_a_model_that_is_away_says_so(home: Home) -> None:
    """The page comes from templates, and every stage has its reason: no fallback is silent."""
    with stub() as model:
        address = model.base_url
    home.environ |= {"PROTOGEN_LLM_PROVIDER": "openai", "PROTOGEN_LLM_BASE_URL": address}
    about = home.json("generate", "request.yaml", "-o", "out", "--json")
    assert about["degraded"] is True
    assert {stage["rung"] for stage in about["stages"]} == {"template"}
    reasons = {stage["name"]: stage["reason"] for stage in about["stages"]}
    assert "unreachable" in reasons.pop("brief")
    # After some failures in a row it is asked no more.
    assert all(
        re.search("unreachable|breaker-open", reasons[name]) for name in ("structure", "style", "content")
    )

"""What stands in no log, whatever happens: a running system, real sockets, and a mark in all that anybody gives it."""

from __future__ import annotations

import io
import json
import re
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from protogen.config import load
from protogen.job import PROJECT_ID, Status
from protogen.ledger import Ledger
from protogen.logs.events import EVENTS, FIELDS
from protogen.logs.file import log_files
from protogen.logs.safe import HIDDEN
from tools.model import Reply, Request, Wire, good, says, status, stub
from tools.operator import csrf_of
from tools.processes import Running, protogen, until, up
from tools.receivers import Service, service
from tools.servers import free_port

pytestmark = pytest.mark.timeout(240)

OF_EVERY_LINE = {"time", "level", "event", "message", "logger"}
OF_A_JOB = {"stage-started", "stage-finished", "ai-call", "job-started", "job-finished", "attempt-failed"}
FIRM = (
    "Zqxjkfirm"  # in small letters it stands in the site's address, and so in notices and before who watches
)
IN_ADDRESSES = ("zqxjkfirm", "zqxjkweb")
SUBMISSION = {
    "submission_id": "zqxjksubmission-1",
    "user_id": "zqxjkuser",
    "name": "Zqxjkname Zqxjkfamily",
    "contact_type": "email",
    "contact_value": "zqxjkmail@zqxjkdomain.example",
    "description": f"{FIRM} & Daughters is a bakery in Zqxjktown. We bake zqxjkbread each morning, sell zqxjkcakes "
    "and rye bread. Zqxjkowner bakes: Open Tue-Sat 7:30-17:00. Call +420 777 123 999 or mail zqxjkshop@zqxjk.example.",
    "analysis": {"zqxjkkey": "zqxjkhint"},
    "zqxjkunknown": "zqxjkvalue",
    "voice": "zqxjkvoice.wav",
    "files": ["zqxjkmenu.txt", "zqxjkphoto.png", "zqxjkmissing.pdf"],
}
SECRETS = {
    "PROTOGEN_API_KEY": "zqxjkapikey-0123456789",
    "PROTOGEN_WEBHOOK_SECRET": "zqxjkhooksecret-0123456789",
    "PROTOGEN_OPERATOR_TOKEN": "zqxjkoperatortoken-0123456789",
    "ZQPASSWORD": "zqxjkpassword-0123456789",
}
MARK = re.compile(r"\w*zqxjk\w*|777.?123.?999", re.IGNORECASE)


@dataclass
class Place:
    """A home in which everything can be made to fail, and whoever hears of it."""

    home: Path
    reply: list[Reply]
    operator: Service
    customers: Service
    hooked: Service

    @property
    def address(self) -> str:
        return f"http://localhost:{load(self.home, {}).web.port}"

    def drop(self, name: str = "zqxjkfolder", **changed: object) -> None:
        """A folder with a recording, a document and a picture that is none."""
        folder = self.home / f".{name}"
        folder.mkdir()
        sound = io.BytesIO()
        with wave.open(sound, "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", "NONE"))
            file.writeframes(b"\0" * 8000)
        (folder / "zqxjkvoice.wav").write_bytes(sound.getvalue())
        (folder / "zqxjkmenu.txt").write_text("Zqxjkcontent: zqxjkdish 9 EUR\n", "utf-8")
        (folder / "zqxjkphoto.png").write_bytes(b"zqxjkpixels")
        text = yaml.safe_dump({**SUBMISSION, **changed}, allow_unicode=True)
        (folder / "submission.yaml").write_text(text, "utf-8")
        (folder / ".complete").touch()
        folder.rename(self.home / "inbox" / name)

    def ended(self, wanted: Status, count: int) -> list[str]:
        """The jobs that stand so, once there are so many."""

        def look() -> list[str] | None:
            with Ledger(self.home / "ledger.git") as ledger:
                jobs = [event.job for event in ledger.jobs(wanted)]
            return jobs if len(jobs) >= count else None

        return until(look, 40, f"{count} {wanted}")


@contextmanager
def a_place(home: Path) -> Iterator[Place]:
    """Settings with a key in each place that has one."""
    reply: list[Reply] = [good]

    def as_told(request: Request, wire: Wire) -> None:
        reply[0](request, wire)

    with stub(as_told) as model, service() as operator, service() as customers, service() as hooked:
        role = {"model": "stub", "languages": ["*"]}
        settings: dict[str, Any] = {
            "llm": {
                "provider": "openai",
                "base_url": model.base_url,
                "nlp": role,
                "codegen": role,
                "breaker": {"failures": 4, "seconds": 0.2},
            },
            "voice": {"provider": "none"},
            "web": {"port": free_port()},
            "intake": {"quiet_seconds": 0.2, "scan_seconds": 0.3},
            "retry": {"attempts": 2, "first_delay": 0.2, "jitter": 0},
            "notices": {
                "events": ["confirmation", "started", "progress", "completed", "failed", "expiring"],
                "operator": [f"json://zqxjkwho:${{ZQPASSWORD}}@127.0.0.1:{operator.port}/zqxjkpath"],
                "statex": {"base_url": customers.url, "seconds": 2},
                "retry": {"first_delay": 0.1, "factor": 1, "attempts": 3},
            },
            "webhook": {"url": f"{hooked.url}/zqxjkhook"},
            "log": {"level": "debug", "file_bytes": 20_000, "files": 1000},
        }
        (home / "config.yaml").write_text(yaml.safe_dump(settings), "utf-8")
        yield Place(home, reply, operator, customers, hooked)


def test_no_line_has_a_word_a_contact_a_name_or_a_key(tmp_path: Path) -> None:
    """In success, failure, rejection and retry; in every file, on the console, in metrics and in notices."""
    with a_place(tmp_path) as place, up(tmp_path, SECRETS) as running:
        it_goes_well(place)
        the_model_says_what_it_was_told(place)
        the_second_attempt_succeeds_and_another_job_fails(place)
        requests_cannot_be_used(place)
        the_same_comes_again(place)
        somebody_comes_by_the_web(place)
        nobody_takes_notices(place)
        metrics = httpx.get(f"{place.address}/metrics").text
        until(lambda: "put aside" in running.printed)
        running.interrupt()
        assert running.ends(15) == 0
        lines = lines_of(tmp_path)
        seen(running, lines)
        assert marks(metrics) == []
        assert [mark for text in told(place) for mark in marks(text) if mark not in IN_ADDRESSES] == []
    every_line_has_its_fields(lines)
    a_story_has_none_either(tmp_path, place.ended(Status.FAILED, 1)[0])


def it_goes_well(place: Place) -> None:
    """Voice, a document, a picture that is none, a missing file."""
    place.drop()
    (job,) = place.ended(Status.COMPLETED, 1)
    with Ledger(place.home / "ledger.git") as ledger:
        project = ledger.project_of(job)
    assert project
    assert project.startswith(FIRM.lower())
    with httpx.Client(base_url=place.address) as browser:
        form = browser.get("/ops/sign-in").text
        browser.post(
            "/ops/sign-in",
            data={"csrf": csrf_of(form), "token": SECRETS["PROTOGEN_OPERATOR_TOKEN"], "then": "/ops"},
        )
        page = browser.get(f"/prototypes/{project}").text
        browser.post(
            f"/prototypes/{project}/passphrase",
            data={"csrf": csrf_of(page), "passphrase": "zqxjkpassphrase yes"},
        )
        browser.get(f"/ops/jobs/{job}")


def the_model_says_what_it_was_told(place: Place) -> None:
    """Its errors repeat the prompt and the key; its answers are of no use."""

    def parrot(request: Request, wire: Wire) -> None:
        status(500, json.dumps([request.headers, request.body]))(request, wire)

    for number, reply in enumerate(
        (parrot, says("Zqxjkanswer, no JSON"), says('{"heading": "Zqxjkhalf', finish="length"))
    ):
        place.reply[0] = reply
        place.drop(f"zqxjkagain{number}", submission_id=f"zqxjksubmission-2{number}")
        place.ended(Status.COMPLETED, 2 + number)
    place.reply[0] = good


def the_second_attempt_succeeds_and_another_job_fails(place: Place) -> None:
    """There is no place to publish to, once and again."""
    published, elsewhere = place.home / "published", place.home / "elsewhere"
    published.rename(elsewhere)
    published.write_text("", "utf-8")
    place.drop("zqxjkfails", submission_id="zqxjksubmission-3")
    place.ended(Status.FAILED, 1)
    published.unlink()
    elsewhere.rename(published)


def requests_cannot_be_used(place: Place) -> None:
    """Not YAML, nothing in it, a zip that is none."""
    inbox = place.home / "inbox"
    (inbox / "zqxjkbroken.yaml").write_text("zqxjkone: zqxjktwo: zqxjkthree", "utf-8")
    (inbox / "zqxjkempty.yaml").write_text("description: ''\nname: Zqxjknobody\n", "utf-8")
    (inbox / "zqxjkzip.zip").write_bytes(b"zqxjkzip")
    until(lambda: len(list((inbox / "rejected").glob("*.error.txt"))) == 3, 30)


def the_same_comes_again(place: Place) -> None:
    """As it was, and with other content."""
    place.drop("zqxjktwin")
    place.drop("zqxjkother", description="Zqxjkfirm wants something else: zqxjkelse.")
    until(lambda: len(list((place.home / "inbox" / "rejected").glob("*.error.txt"))) == 4, 30)


def somebody_comes_by_the_web(place: Place) -> None:
    """With what is asked for, with what is not, and with a wrong token."""
    body = {
        "description": "Zqxjkweb is a shop for zqxjkthings in Brno.",
        "user_name": "Zqxjkvisitor",
        "zqxjkfield": [1],
    }
    header = {
        "Authorization": "Bearer zqxjkwrongtoken",
        "X-Real-IP": "203.0.113.77",
        "Cookie": "zqxjk=zqxjkcookie",
    }
    taken = httpx.post(f"{place.address}/api/prototype/queue/submit?zqxjk=zqxjkquery", json=body)
    assert taken.is_success
    httpx.post(f"{place.address}/api/prototype/queue/submit", json=body, headers=header)
    httpx.post(f"{place.address}/api/prototype/queue/submit", content=b"{zqxjknojson", headers=header)
    for path in (
        "/zqxjkpage",
        "/prototypes/zqxjkproject",
        "/jobs/zqxjkjob",
        "/api/prototype/zqxjkproject?zqxjk=zqxjkquery",
        "/ops?zqxjk=1",
    ):
        httpx.get(f"{place.address}{path}", headers=header)
    httpx.post(f"{place.address}/ops/sign-in", data={"token": "zqxjkwrongtoken"}, headers=header)


def nobody_takes_notices(place: Place) -> None:
    """They are tried again and put aside; what the services say is not repeated."""
    place.customers.fails(500, b"zqxjkmail@zqxjkdomain.example is unknown")
    place.hooked.fails(500, b"zqxjkhooked")
    place.operator.fails(500, b"zqxjkpassword")
    place.drop("zqxjklast", submission_id="zqxjksubmission-4")
    place.ended(Status.COMPLETED, 6)


def lines_of(home: Path) -> list[str]:
    """Every line of every log file, and nothing else lies there."""
    folder = home / "run" / "logs"
    files = log_files(folder)
    assert sorted(files) == sorted(folder.iterdir())
    assert len(files) > 1
    return [line for file in reversed(files) for line in file.read_text("utf-8").splitlines()]


def seen(running: Running, lines: list[str]) -> None:
    """The log has no mark; the console has the firm's in the addresses of its sites, for who watches, and no other."""
    assert [line for line in lines if marks(line)] == []
    assert HIDDEN not in "\n".join(lines)  # nobody even tries
    printed = running.printed
    shown = [line for line in printed.splitlines() if marks(line)]
    assert [
        line
        for line in shown
        if not re.fullmatch(r"✓ http://zqxjk(firm|web)-[a-z0-9-]+\.localhost:\d+/", line)
    ] == []
    assert [
        line for line in printed.splitlines() if line[:2] not in ("✓ ", "· ", "! ", "✗ ") and line[:2] != "  "
    ] == ["The operator's token is in operator.token."] * ("operator.token" in printed)
    for words in ("Rejected", "tried again", "came again", "Put back", "Failed", "put aside", "Published"):
        assert words in printed


def every_line_has_its_fields(lines: list[str]) -> None:
    """Those of its event, and while a job is in hand the job, its stage and, from its second stage on, its project."""
    named: set[str] = set()
    for text in lines:
        line = json.loads(text)
        assert set(line) >= OF_EVERY_LINE
        assert set(line) >= set(EVENTS[line["event"]].fields), line
        assert set(line) - OF_EVERY_LINE <= set(FIELDS), line
        assert datetime.fromisoformat(line["time"]).tzinfo
        if line["event"] in OF_A_JOB and line["logger"] != "protogen.llm.writer":
            assert "job" in line, line
        if line["event"] == "ai-call" and "job" in line:
            assert "stage" in line, line
            assert line["status"] == ("failed" if "error" in line else "ok"), line
        if line["event"] == "stage-finished" and line["stage"] != "brief":
            named.add(line["job"])
            assert PROJECT_ID.fullmatch(line["project"]), line
            assert len(line["project"]) == 5
    assert len(named) == 7
    events = {json.loads(line)["event"] for line in lines}
    assert events >= OF_A_JOB | {"job-accepted", "drop-rejected", "drop-again", "notice-undelivered"}
    assert events >= {"provider-changed", "attachments-read", "serving", "stopping", "upkeep-done"}
    assert events >= {"notice-delivered", "proxy-unknown"}


def a_story_has_none_either(home: Path, job: str) -> None:
    """What `protogen log JOB` tells comes from ledger and log alone."""
    told = protogen("log", job, cwd=home).stdout
    assert "publish" in told
    assert marks(told) == []


def told(place: Place) -> list[str]:
    """What notices say: whom they go to is the customer's own."""
    texts = [f"{each.body['title']} {each.body['message']}" for each in place.operator.posted]
    texts += [f"{each.body['title']} {each.body['message']}" for each in place.customers.posted]
    assert len(texts) > 10
    return texts + [json.dumps(each.body) for each in place.hooked.posted]


def marks(text: str) -> list[str]:
    return MARK.findall(text)

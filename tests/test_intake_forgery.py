"""Texts that look like the ledger's own: from the inbox to the finished site, git finds nothing that is forged."""

from __future__ import annotations

import json
import threading

import pytest

from protogen.config import LlmSettings
from protogen.hooks import Hook
from protogen.job import Event, now
from protogen.ledger.trailers import time_text
from protogen.llm.providers import Providers
from protogen.worker import Worker
from tools.intake import Intake

OTHER = "00000000-0000-4000-8000-000000000000"
FORGERIES = {
    "newlines": f"\n\nStatus: cancelled\nJob: {OTHER}\n",
    "carriage returns": f"\r\rStatus: cancelled\rJob: {OTHER}\r",
    "both": f"\r\n\r\nStatus: cancelled\r\nJob: {OTHER}\r\n",
    "next lines": f"\x85\x85Status: cancelled\x85Job: {OTHER}\x85",
    "separators": f"\u2028\u2029Status: cancelled\u2028Job: {OTHER}\u2029",
    "feeds": f"\x0b\x0cStatus: cancelled\x0cJob: {OTHER}",
    "NULs": f"\0\0\n\nStatus: cancelled\n\0Job: {OTHER}\0",
    "many": f"\n\nStatus: cancelled\nJob: {OTHER}" * 40,
    "a long line": "bread " * 10_000 + f"\n\nStatus: cancelled\nJob: {OTHER}",
    "escapes": f"\\n\\nStatus: cancelled\\nJob: {OTHER}",
    "percents": f"%0A%0AStatus: cancelled%0AJob: {OTHER}",
    "a divider": f"\n---\n\nStatus: cancelled\nJob: {OTHER}\n",
    "a terminal": f"\x1b[2K\rStatus: cancelled\x1b[1AJob: {OTHER}",
}
TRAILERS = {
    "heads": {
        "Job",
        "Status",
        "Attempt",
        "Created-At",
        "Expires-At",
        "Content",
        "Duration-Ms",
        "Bytes",
        "Degraded",
        "Error",
    }
    | {"User", "Submission", "Request"},
    "submissions": {"Job"},
    "prototypes": {
        "Project",
        "Job",
        "Version",
        "Attempt",
        "Created-At",
        "Expires-At",
        "Bytes",
        "Degraded",
        "Duration-Ms",
    },
}


def drop(intake: Intake, forged: str) -> None:
    """A folder drop in which every value, a key and the names carry the forgery."""
    words = f"We are a small bakery in Brno and sell rye bread.{forged}"
    fields: dict[str, object] = dict.fromkeys(("description", "requirements", "analysis", "notes"), words)
    fields |= dict.fromkeys(("name", "user_name", "contact_type"), f"Fern & Flour{forged}")
    fields |= dict.fromkeys(("contact_value", "user_email"), f"a@b.example{forged}")
    fields |= dict.fromkeys(("submission_id", "user_id", "job_id"), f"7{forged}"[:250])
    file = f"menu{forged[:90]}.txt".replace("/", "").replace("\0", "")
    fields |= {"files": [file], "missing": [forged[:200]], f"key{forged}"[:900]: forged}
    folder = intake.path / file
    folder.mkdir()
    (folder / "submission.yaml").write_text(json.dumps(fields), "utf-8")
    (folder / file).write_text(f"Menu{forged}", "utf-8", newline="")


def trailers(intake: Intake, ref: str) -> list[dict[str, str]]:
    """What git reads as trailers, a mapping a commit, newest first."""
    found = []
    for commit in intake.git("log", "--format=%(trailers:only)%x00", ref).split("\0")[:-1]:
        pairs = [line.split(": ", 1) for line in commit.strip().split("\n")]
        found.append(dict(pairs))
        assert len(found[-1]) == len(pairs), "a trailer stands twice"
    return found


@pytest.fixture
def job(intake: Intake, request: pytest.FixtureRequest) -> Event:
    """The job of a request that holds the forgery, pending."""
    drop(intake, FORGERIES[request.param])
    intake.settle()  # a file of such a name is not found, and is waited for
    (event,) = intake.ledger.jobs()
    return event


@pytest.mark.parametrize("job", FORGERIES, indirect=True)
def test_no_text_of_a_customer_forges_a_trailer(intake: Intake, job: Event) -> None:
    """The event and the submission carry our own trailers, each once, and no word of the customer's."""
    hashes = {"User": job.user, "Submission": job.submission, "Request": job.request}
    expected = {"Job": job.job, "Status": "pending", "Attempt": "0", "Created-At": time_text(job.created_at)}
    assert job.job != OTHER
    assert trailers(intake, "refs/heads/main") == [
        expected | {key: each for key, each in hashes.items() if each}
    ]
    assert trailers(intake, f"refs/submissions/{job.job}") == [{"Job": job.job}]
    for ref in ("refs/heads/main", f"refs/jobs/{job.job}", f"refs/submissions/{job.job}"):
        assert not {"cancelled", "bakery", OTHER} & set(intake.git("log", "--format=%B", ref).split())
    assert "Status: cancelled" in intake.submissions()[0].description


@pytest.mark.parametrize("job", ["newlines", "separators", "percents", "many"], indirect=True)
def test_nor_does_it_when_its_site_is_made(intake: Intake, job: Event) -> None:
    """Through every stage to the published site: three events, one version, all of them ours."""
    settings = intake.settings.model_copy(update={"llm": LlmSettings(provider="none")})
    for folder in (settings.published_dir, settings.run_dir):
        folder.mkdir()
    with Worker(settings, intake.ledger, Providers(settings), Hook()) as worker:
        worker.run(threading.Event(), once=True)
    refs = intake.git("for-each-ref", "--format=%(refname)").split()
    kinds = sorted(ref.split("/")[1] for ref in refs)
    assert kinds == ["heads", "jobs", "prototypes", "submissions"]
    for ref in refs:
        kind = ref.split("/")[1].replace("jobs", "heads")
        for commit in trailers(intake, ref):
            assert commit["Job"] == job.job
            assert {key for key in commit if not key.startswith("Stage-")} <= TRAILERS[kind]
        assert OTHER not in intake.git("log", "--format=%B", ref)
    assert [each["Status"] for each in trailers(intake, "refs/heads/main")] == [
        "completed",
        "processing",
        "pending",
    ]
    assert intake.ledger.jobs()[0].created_at <= now()


def test_a_hand_that_names_anothers_job_gets_neither_it_nor_its_place(intake: Intake) -> None:
    """A job id may be given; one that is taken is a conflict, and the job stays as it was."""
    (intake.path / "first.yaml").write_text("description: We are a bakery.\n")
    intake.until(10)
    (job,) = intake.ledger.jobs()
    before = intake.git("rev-parse", "refs/heads/main", f"refs/submissions/{job.job}")
    (intake.path / "second.yaml").write_text(f"job_id: {job.job}\ndescription: We are a brewery.\n")
    (intake.path / f"{job.job}.yaml").write_text("description: We are a brewery.\n")
    intake.until(30)
    assert sorted(intake.rejected()) == [f"{job.job}.yaml", "second.yaml"]
    assert intake.git("rev-parse", "refs/heads/main", f"refs/submissions/{job.job}") == before

"""The worker: what a job goes through, what a crash at each step leaves, and that no job stands in another's way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen import worker as worker_module
from protogen.backoff import LONGEST_DELAY, retry_delay
from protogen.config import LlmSettings, RetrySettings, Role, Settings
from protogen.hooks import Hook
from protogen.intake.accept import accept
from protogen.job import Event, StageTrace, Status, new_job_id, now
from protogen.ledger import PROJECT_FILE, Ledger, LedgerError, WorkerBusy
from protogen.lifecycle import cancel, retry
from protogen.llm.client import Endpoint, Unavailable
from protogen.llm.providers import Providers
from protogen.llm.writer import Cancelled, Writer
from protogen.logs import error_kind
from protogen.pipeline.brief import project_id
from protogen.pipeline.content import RefusedError
from protogen.publish import PublishError, publish
from protogen.submission import Submission
from protogen.verify import verify
from protogen.worker import Worker, seed_of
from tools.jobs import claimed, made
from tools.model import Reply, good, hang, status, stub
from tools.processes import until

REQUEST = """Fern & Flour is a small bakery in Brno. We bake sourdough bread every morning and sell croissants,
rye bread and birthday cakes. Open Tue-Sat 7:30-17:00. Call +420 541 234 567."""


@pytest.fixture
def settings(home: Settings) -> Settings:
    """A home without a model, whose retries do not wait."""
    return home.model_copy(
        update={
            "llm": LlmSettings(provider="none"),
            "retry": RetrySettings(first_delay=0, jitter=0),
        }
    )


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """The home's ledger, new."""
    with Ledger.create(settings.ledger_dir) as ledger:
        yield ledger


class Heard(Hook):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def job_started(self, event: Event) -> None:
        self.words.append(f"started {event.attempt}")

    def stage_finished(self, job: str, trace: StageTrace) -> None:
        self.words.append(trace.name)

    def job_finished(self, event: Event) -> None:
        self.words.append(f"{event.status}")


def hand_in(settings: Settings, ledger: Ledger, description: str = REQUEST) -> str:
    """A request in the ledger, pending; its job id."""
    submission = Submission(new_job_id(), description=description)
    return accept(submission, ledger, settings, now()).job.job


def work(settings: Settings, ledger: Ledger, hook: Hook | None = None) -> None:
    """A worker's life until nothing is due."""
    with Worker(settings, ledger, Providers(settings), hook or Hook()) as worker:
        worker.run(threading.Event(), once=True)


def job_of(ledger: Ledger, job: str) -> Event:
    event = ledger.job(job)
    assert event is not None
    return event


def ways(ledger: Ledger, job: str) -> list[tuple[str, int]]:
    """Status and attempt of each event of a job."""
    return [(event.status.value, event.attempt) for event in ledger.history(job)]


def asking(settings: Settings, base_url: str) -> Settings:
    """The same home with a model at this address."""
    role = Role(model="stub", languages=("*",))
    llm = LlmSettings(provider="openai", base_url=base_url, nlp=role, codegen=role)
    return settings.model_copy(update={"llm": llm})


def test_a_job_is_claimed_made_published_and_recorded(settings: Settings, ledger: Ledger) -> None:
    """pending, processing, completed; listeners hear every stage in order."""
    job, heard = hand_in(settings, ledger), Heard()
    work(settings, ledger, heard)
    event = job_of(ledger, job)
    assert ways(ledger, job) == [("pending", 0), ("processing", 1), ("completed", 1)]
    stages = ["brief", "structure", "style", "behaviour", "content"]
    assert heard.words == ["started 1", *stages, "completed"]
    assert [stage.name for stage in event.stages] == stages
    assert event.duration_ms > 0
    assert event.error == ""
    project = ledger.project_of(job)
    assert project is not None
    site = settings.published_dir / project
    assert ledger.prototype(project, event.content) == {
        path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()
    }
    assert event.size == sum(path.stat().st_size for path in site.rglob("*") if path.is_file())


def test_metadata_is_public_and_the_record_is_not(settings: Settings, ledger: Ledger) -> None:
    """metadata.json stands in the site and does not name the job; record.json stays with the submission."""
    job = hand_in(settings, ledger)
    work(settings, ledger)
    project = ledger.project_of(job)
    assert project is not None
    site = settings.published_dir / project
    about = json.loads((site / "metadata.json").read_text("utf-8"))
    assert about["project_id"] == project
    assert about["expires_at"] == f"{job_of(ledger, job).expires_at:%Y-%m-%dT%H:%M:%SZ}"
    assert job not in (site / "metadata.json").read_text("utf-8")
    assert not (site / "record.json").exists()
    kept = ledger.submission(job)
    assert kept["project-id"].decode() == project
    record = json.loads(kept["record.json"])
    assert record["project_id"] == project
    assert record["brief"]
    assert record["seed"] == seed_of(job)


def test_the_model_s_words_and_what_it_was_asked_are_on_record(settings: Settings, ledger: Ledger) -> None:
    """Every exchange with a real server is kept with the job, and the trace counts its tokens."""
    job = hand_in(settings, ledger)
    with stub(good) as model:
        work(asking(settings, model.base_url), ledger)
    record = json.loads(ledger.submission(job)["record.json"])
    assert {exchange["stage"] for exchange in record["exchanges"]} >= {"brief", "structure"}
    event = job_of(ledger, job)
    assert event.status is Status.COMPLETED
    assert {stage.model for stage in event.stages if stage.completion_tokens} == {"stub"}


def test_content_is_in_git_before_it_is_published_and_published_before_it_is_recorded(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that makes every crash in between one that can be finished."""
    job = hand_in(settings, ledger)
    seen: list[str] = []
    publish = worker_module.publish

    def watched(files: dict[str, bytes], published: Path, project_id: str) -> Path:
        assert ledger.prototype(project_id) == files
        assert job_of(ledger, job).status is Status.PROCESSING
        seen.append(project_id)
        return publish(files, published, project_id)

    monkeypatch.setattr(worker_module, "publish", watched)
    record = ledger.record

    def recorded(event: Event, after: Event | None = None) -> Event:
        if event.status is Status.COMPLETED:
            assert (settings.published_dir / seen[0] / "index.html").is_file()
        return record(event, after)

    monkeypatch.setattr(ledger, "record", recorded)
    work(settings, ledger)
    assert len(seen) == 1
    assert job_of(ledger, job).status is Status.COMPLETED


def test_the_project_id_is_fixed_before_the_sections_are_written(settings: Settings, ledger: Ledger) -> None:
    """A crash in any later stage finds the name that the site will have."""
    job = hand_in(settings, ledger)
    kept: list[bytes] = []

    class AtStructure(Hook):
        def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
            if stage == "structure":
                kept.append(ledger.submission(job)["project-id"])

    work(settings, ledger, AtStructure())
    assert kept == [(ledger.project_of(job) or "").encode()]


def failing(monkeypatch: pytest.MonkeyPatch, errors: Sequence[Exception | None], step: str) -> list[object]:
    """`step` of the worker raises these errors, one a call, then works; gives the list of its calls."""
    real, calls = getattr(worker_module, step), []
    left = iter(errors)

    def flaky(*args: object, **more: object) -> object:
        calls.append(args)
        if error := next(left, None):
            raise error
        return real(*args, **more)

    monkeypatch.setattr(worker_module, step, flaky)
    return calls


def test_a_failed_attempt_is_followed_by_two_more_and_then_the_job_is_failed(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three attempts, each counted before it starts; then failed, with a code and no text."""
    job = hand_in(settings, ledger)
    failing(monkeypatch, [OSError(28, "No space left on device")] * 9, "run")
    work(settings, ledger)
    assert ways(ledger, job) == [
        ("pending", 0),
        ("processing", 1),
        ("pending", 1),
        ("processing", 2),
        ("pending", 2),
        ("processing", 3),
        ("failed", 3),
    ]
    assert job_of(ledger, job).error == "os-28"


def test_a_retry_keeps_the_project_id(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attempt two makes the site under the name of attempt one, with the same free choices."""
    job = hand_in(settings, ledger)
    kept: list[str] = []

    class Breaking(Hook):
        pass

    real = worker_module.metadata

    def breaks_once(*args: object) -> object:
        kept.append(ledger.submission(job)["project-id"].decode())
        if len(kept) == 1:
            raise RuntimeError("a fault")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(worker_module, "metadata", breaks_once)
    work(settings, ledger, Breaking())
    assert job_of(ledger, job).attempt == 2
    assert kept == [ledger.project_of(job)] * 2


def test_a_site_that_could_not_be_published_is_not_made_again(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in git is only published and recorded by the next attempt."""
    job = hand_in(settings, ledger)
    runs = failing(monkeypatch, [], "run")
    publishes = failing(monkeypatch, [PublishError("The disk is full.")], "publish")
    work(settings, ledger)
    assert (len(runs), len(publishes)) == (1, 2)
    event = job_of(ledger, job)
    assert (event.status, event.attempt) == (Status.COMPLETED, 2)
    assert [e.error for e in ledger.history(job)] == ["", "", "publish", "", ""]


def test_a_new_version_that_cannot_be_published_is_taken_back_after_the_last_attempt(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger says of the project what its job says, though the folder could not be written either."""
    settings = settings.model_copy(update={"retry": RetrySettings(attempts=1)})
    old = made(settings, ledger, now())
    retry(ledger, old.job, now(), new_version=True)
    publishes = failing(monkeypatch, [PublishError("read only")] * 2, "publish")
    work(settings, ledger)
    event = job_of(ledger, old.job)
    assert (event.status, event.content, event.error) == (Status.COMPLETED, old.content, "publish")
    assert len(publishes) == 2
    assert ledger.unrecorded() == []
    assert verify(settings, ledger, now()) == []


def test_a_job_cancelled_while_nothing_can_be_published_does_not_stop_the_worker(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its version is taken back, and the next job is made."""
    old = made(settings, ledger, now())
    retry(ledger, old.job, now(), new_version=True)
    job = hand_in(settings, ledger)

    class Cancelling(Hook):
        def stage_finished(self, job: str, trace: StageTrace) -> None:
            if job == old.job:
                cancel(ledger, settings, job, now())

    def stuck(files: Mapping[str, bytes], published: Path, project: str) -> None:
        if project == "fern-flour-7k2mq":
            raise PublishError("it is stuck")
        publish(files, published, project)

    monkeypatch.setattr(worker_module, "publish", stuck)
    work(settings, ledger, Cancelling())
    assert job_of(ledger, old.job).content == old.content
    assert job_of(ledger, job).status is Status.COMPLETED


def test_a_put_off_job_waits_for_its_time_and_lets_others_pass(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """not_before holds: the poisoned job stands back, and the next one is made at once."""
    settings = settings.model_copy(update={"retry": RetrySettings(first_delay=600, jitter=0.2)})
    poisoned = hand_in(settings, ledger)
    healthy = hand_in(settings, ledger, "A tailor in Prague who mends coats and suits.")
    failing(monkeypatch, [RuntimeError("a fault")], "run")
    work(settings, ledger)
    event = job_of(ledger, poisoned)
    assert (event.status, event.attempt, event.error) == (Status.PENDING, 1, "runtime")
    assert event.not_before is not None
    assert timedelta(seconds=600) <= event.not_before - event.at <= timedelta(seconds=721)
    assert job_of(ledger, healthy).status is Status.COMPLETED
    assert ledger.claim(event.not_before - timedelta(seconds=1)) is None
    claimed = ledger.claim(event.not_before)
    assert claimed is not None
    assert (claimed.job, claimed.attempt) == (poisoned, 2)


@given(st.integers(1, 19), st.floats(0, 1, exclude_max=True), st.floats(0, 1))
def test_the_delay_doubles_and_jitter_only_adds_its_share(attempt: int, chance: float, jitter: float) -> None:
    """first_delay * 2^(n-1), and at most `jitter` of it more; never more than a week."""
    least = min(60 * 2.0 ** (attempt - 1), LONGEST_DELAY)
    delay = retry_delay(RetrySettings(jitter=jitter), attempt, chance)
    assert least <= delay <= least * (1 + jitter)


def test_the_greatest_settings_still_give_a_date() -> None:
    """No setting that is allowed makes a delay that cannot be added to the time."""
    retry = RetrySettings(attempts=20, first_delay=86_400, factor=10, jitter=1)
    for attempt in range(1, 20):
        assert now() + timedelta(seconds=retry_delay(retry, attempt, 0.999))


# -- found processing at the start ------------------------------------------------------------------------


def leave_processing(settings: Settings, ledger: Ledger, attempts: int = 1) -> str:
    """A job that a worker had in hand when it died, in its `attempts`-th attempt."""
    job = hand_in(settings, ledger)
    for attempt in range(1, attempts + 1):
        claimed = ledger.claim(now())
        assert claimed is not None
        if attempt < attempts:
            ledger.record(replace(claimed, status=Status.PENDING))
    return job


def test_a_job_of_a_dead_worker_gets_its_next_attempt(settings: Settings, ledger: Ledger) -> None:
    """Resumed at once, the lost attempt counted, the reason said."""
    job = leave_processing(settings, ledger)
    work(settings, ledger)
    assert ways(ledger, job)[1:] == [
        ("processing", 1),
        ("pending", 1),
        ("processing", 2),
        ("completed", 2),
    ]
    assert ledger.history(job)[2].error == "worker-died"


def test_a_job_that_killed_three_workers_is_failed(settings: Settings, ledger: Ledger) -> None:
    """A job that takes the process down with it does so three times and not for ever."""
    job = leave_processing(settings, ledger, attempts=3)
    other = hand_in(settings, ledger)
    work(settings, ledger)
    event = job_of(ledger, job)
    assert (event.status, event.attempt, event.error) == (Status.FAILED, 3, "worker-died")
    assert job_of(ledger, other).status is Status.COMPLETED


@pytest.mark.parametrize("attempts", [1, 3])
def test_content_of_a_dead_worker_is_published_and_never_made_again(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    """A crash after the site is in git: published and recorded at the start, in the third attempt too."""
    job = leave_processing(settings, ledger, attempts)
    files = {"index.html": b"<!doctype html><title>Kept</title>", "metadata.json": b"{}"}
    event = job_of(ledger, job)
    expires = now() + timedelta(days=30)
    ledger.keep(job, {PROJECT_FILE: b"fern-flour-7k2mq"}, now())
    commit = ledger.add_version("fern-flour-7k2mq", replace(event, expires_at=expires, size=36), files)
    runs = failing(monkeypatch, [], "run")
    work(settings, ledger)
    assert runs == []
    event = job_of(ledger, job)
    assert (event.status, event.attempt, event.content) == (Status.COMPLETED, attempts, commit)
    assert (event.expires_at, event.size) == (expires, 36)
    assert (settings.published_dir / "fern-flour-7k2mq" / "index.html").read_bytes() == files["index.html"]


def test_content_that_cannot_be_published_at_the_start_does_not_stop_the_worker(
    settings: Settings, ledger: Ledger
) -> None:
    """A poisoned job left by a dead worker is put off like any other; the next job is made."""
    job = leave_processing(settings, ledger)
    ledger.keep(job, {PROJECT_FILE: b"www"}, now())
    ledger.add_version("www", job_of(ledger, job), {"index.html": b"x"})  # a name that publishing refuses
    other = hand_in(settings, ledger)
    work(settings, ledger)
    event = job_of(ledger, job)
    assert (event.status, event.attempt, event.error) == (Status.FAILED, 3, "publish")
    assert job_of(ledger, other).status is Status.COMPLETED


def test_a_name_that_another_job_has_is_not_taken(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chance may give two jobs the same one: the second takes another, in its first attempt, and both sites stand."""
    monkeypatch.setattr("protogen.worker.seed_of", lambda job: 5)
    jobs = [hand_in(settings, ledger) for _ in range(3)]
    late = ledger.claim(now())  # its name was fixed, and free, when its worker died
    assert late
    ledger.name_project(late.job, project_id("Fern & Flour", 5), now())
    work(settings, ledger)
    events = [job_of(ledger, job) for job in jobs]
    assert [(event.status, event.error) for event in events] == [(Status.COMPLETED, "")] * 3
    assert sorted(event.attempt for event in events) == [1, 1, 2]
    projects = {ledger.project_of(event.job) for event in events}
    assert len(projects) == 3
    assert {path.name for path in settings.published_dir.iterdir()} == projects
    assert verify(settings, ledger, now()) == []


def test_a_job_that_lost_its_name_takes_nothing_of_the_other_with_it(
    settings: Settings, ledger: Ledger
) -> None:
    """Cancelled, or deleted, after another job's site came to stand under the name that it was going to have."""
    first = claimed(settings, ledger, now(), "fern-flour-7k2mq").job
    other = made(settings, ledger, now(), "fern-flour-7k2mq").job
    assert ledger.project_named(first) == ""
    assert ledger.version_of(first) is None
    cancel(ledger, settings, first, now())
    work(settings, ledger)
    ledger.expire([first], now())
    assert ledger.project_of(other) == "fern-flour-7k2mq"
    assert (settings.published_dir / "fern-flour-7k2mq" / "index.html").exists()


def test_a_half_published_site_is_tidied_up_at_the_start(settings: Settings, ledger: Ledger) -> None:
    """What a crash left in the published folder goes."""
    (settings.published_dir / ".tmp-fern-1234").mkdir()
    work(settings, ledger)
    assert list(settings.published_dir.iterdir()) == []


# -- stopping ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [hang, status(500)])
def test_a_worker_that_is_stopped_puts_its_job_back_with_the_attempt(
    settings: Settings, ledger: Ledger, reply: Reply
) -> None:
    """In the middle of an answer, or between two: pending again, no attempt lost, and soon."""
    job, stopping = hand_in(settings, ledger), threading.Event()

    class StopInTheMiddle(Hook):
        def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
            if stage == "structure":
                threading.Timer(0.2 if reply is hang else 0, stopping.set).start()
                if reply is not hang:
                    stopping.wait(5)

    with stub(status(500), status(500), reply) as model:
        settings = asking(settings, model.base_url)
        with Worker(settings, ledger, Providers(settings), StopInTheMiddle()) as worker:
            worker.run(stopping)
    event = job_of(ledger, job)
    assert (event.status, event.attempt, event.error) == (Status.PENDING, 0, "")
    assert event.not_before is None
    project = ledger.submission(job)["project-id"].decode()
    work(settings.model_copy(update={"llm": LlmSettings(provider="none")}), ledger)
    assert job_of(ledger, job).attempt == 1
    assert ledger.project_of(job) == project


def test_a_job_cancelled_while_it_is_made_stays_cancelled(settings: Settings, ledger: Ledger) -> None:
    """What somebody else recorded stands, and the worker goes on to the next job."""
    job = hand_in(settings, ledger)
    other = hand_in(settings, ledger)

    class Cancelling(Hook):
        def stage_finished(self, running: str, trace: StageTrace) -> None:
            if running == job and trace.name == "style":
                ledger.record(replace(job_of(ledger, job), status=Status.CANCELLED, at=now()))

    work(settings, ledger, Cancelling())
    assert job_of(ledger, job).status is Status.CANCELLED
    assert job_of(ledger, other).status is Status.COMPLETED


def test_a_second_worker_is_refused_while_the_first_holds_the_ledger(
    settings: Settings, ledger: Ledger
) -> None:
    """One worker a ledger, for life; afterwards the next may come."""
    with Worker(settings, ledger, Providers(settings), Hook()):
        second = Worker(settings, ledger, Providers(settings), Hook())
        with pytest.raises(WorkerBusy, match="Another worker"), second:
            pytest.fail("entered")
    with second:
        second.run(threading.Event(), once=True)


def test_a_listener_that_fails_costs_a_log_line(
    settings: Settings, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """The worker does not know its listeners, and none can stop it."""

    class Broken(Hook):
        def job_started(self, event: Event) -> None:
            raise RuntimeError("a broken notice")

    job = hand_in(settings, ledger)
    work(settings, ledger, Broken())
    assert job_of(ledger, job).status is Status.COMPLETED
    assert "hook Broken failed in job_started" in caplog.text


def test_a_failed_attempt_is_logged_with_what_it_died_of(
    settings: Settings,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The ledger has a code only: the operator's log has the rest."""
    job = hand_in(settings, ledger)
    failing(monkeypatch, [RuntimeError("a fault")], "run")
    work(settings, ledger)
    (line,) = [record for record in caplog.records if record.name == "protogen.worker"]
    assert line.getMessage() == f"Attempt 1 at job {job} failed: runtime"
    assert "a fault" in caplog.text


class LyingProvider:
    """A model whose every question ends in an error of our own."""

    name = "lying"

    def endpoint(self, role: str) -> Endpoint:
        raise ZeroDivisionError(role)

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


def lying(settings: Settings) -> Providers:
    """Providers of which the one there is lies."""
    providers = Providers(settings)
    providers.all[0].provider = LyingProvider()
    return providers


def test_no_error_of_the_model_costs_the_worker_or_the_page(settings: Settings, ledger: Ledger) -> None:
    """Not in the warm-up and not in a job: the page comes from templates and says why."""
    job = hand_in(settings, ledger)
    with Worker(settings, ledger, lying(settings), Hook()) as worker:
        worker.run(threading.Event(), once=True)
    event = job_of(ledger, job)
    assert event.status is Status.COMPLETED
    assert "internal-ZeroDivisionError" in {stage.reason for stage in event.stages}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(28, "No space left"), "os-28"),
        (OSError("no number"), "os"),
        (PublishError("x"), "publish"),
        (Unavailable("unreachable", "x"), "unreachable"),
        (RefusedError("h1 twice"), "gate"),
        (KeyError("Jana Nováková"), "key"),
    ],
)
def test_an_error_becomes_a_code_that_tells_nothing_of_the_customer(error: Exception, code: str) -> None:
    """The audit log is kept for ever: a class of error, never its words."""
    assert error_kind(error) == code


def test_a_seed_follows_from_the_job() -> None:
    """The same at every attempt, another for another job."""
    one, other = new_job_id(), new_job_id()
    assert seed_of(one) == seed_of(one) != seed_of(other)
    assert 0 <= seed_of(one) < 2**32


# -- faults in the middle of putting things right ---------------------------------------------------------


def test_an_attempt_whose_cause_cannot_be_kept_is_failed_all_the_same(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator's text is a help, not a condition."""
    job = hand_in(settings, ledger)
    failing(monkeypatch, [RuntimeError("a fault")], "run")
    keep = ledger.keep

    def refusing(job_id: str, files: dict[str, bytes], at: datetime) -> None:
        if "failure.txt" in files:
            raise LedgerError("no")
        keep(job_id, files, at)

    monkeypatch.setattr(ledger, "keep", refusing)
    work(settings, ledger)
    assert ways(ledger, job)[2:] == [("pending", 1), ("processing", 2), ("completed", 2)]
    assert f"The cause of job {job}'s failure could not be kept: ledger" in caplog.text


def test_a_rollback_that_cannot_be_published_at_the_start_does_not_stop_the_worker(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The site stays as it was, the fault is said, and the next job is made."""
    old = made(settings, ledger, now())
    ledger.add_version("fern-flour-7k2mq", old, {"index.html": b"nobody recorded this"})
    job = hand_in(settings, ledger)
    failing(monkeypatch, [PublishError("it is stuck")], "publish")
    work(settings, ledger)
    assert job_of(ledger, old.job) == old
    assert job_of(ledger, job).status is Status.COMPLETED
    assert f"The site of job {old.job} could not be put in its place: publish" in caplog.text


def test_a_job_cancelled_before_it_has_a_name_leaves_nothing_to_settle(
    settings: Settings, ledger: Ledger
) -> None:
    """In the first stage there is no project yet."""
    job = hand_in(settings, ledger)

    class Cancelling(Hook):
        def job_started(self, event: Event) -> None:
            cancel(ledger, settings, job, now())

    work(settings, ledger, Cancelling())
    assert job_of(ledger, job).status is Status.CANCELLED
    assert ledger.prototypes() == []


def test_a_new_version_cancelled_in_the_middle_leaves_the_project_as_it_was(
    settings: Settings, ledger: Ledger
) -> None:
    """Nothing was added yet: nothing is taken away."""
    old = made(settings, ledger, now())
    retry(ledger, old.job, now(), new_version=True)

    class Cancelling(Hook):
        def stage_finished(self, job: str, trace: StageTrace) -> None:
            if trace.name == "brief":
                cancel(ledger, settings, job, now())

    work(settings, ledger, Cancelling())
    assert job_of(ledger, old.job).content == old.content
    assert [version.commit for version in ledger.versions("fern-flour-7k2mq")] == [old.content]
    assert ledger.rubbish_since is None


def test_what_a_dead_worker_left_of_a_cancelled_job_goes_at_the_start(
    settings: Settings, ledger: Ledger
) -> None:
    """Its content was in git, and the worker died before it saw that the job was cancelled."""
    job = leave_processing(settings, ledger)
    ledger.keep(job, {PROJECT_FILE: b"fern-flour-7k2mq"}, now())
    ledger.add_version(
        "fern-flour-7k2mq", replace(job_of(ledger, job), expires_at=now()), {"index.html": b"x"}
    )
    cancel(ledger, settings, job, now())
    work(settings, ledger)
    assert ledger.prototypes() == []
    assert list(settings.published_dir.iterdir()) == []


def test_a_site_that_no_check_lets_through_is_said_to_be_refused(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate has a code of its own, which the reasons explain."""
    job = hand_in(settings, ledger)
    failing(monkeypatch, [RefusedError(["h1 twice"])] * 3, "run")
    work(settings, ledger)
    assert (job_of(ledger, job).status, job_of(ledger, job).error) == (Status.FAILED, "gate")


def test_a_ledger_that_cannot_be_written_ends_the_worker(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not recorded must not be done."""
    hand_in(settings, ledger)

    def broken(event: Event, after: Event | None = None) -> Event:
        raise LedgerError("it is broken")

    monkeypatch.setattr(ledger, "record", broken)
    with pytest.raises(LedgerError, match="it is broken"):
        work(settings, ledger)


def test_an_idle_worker_wakes_for_a_new_job(settings: Settings, ledger: Ledger) -> None:
    """At once, not when its nap is over."""
    stopping = threading.Event()
    with Worker(settings, ledger, Providers(settings), Hook()) as worker:
        thread = threading.Thread(target=worker.run, args=(stopping,))
        thread.start()
        try:
            job = hand_in(settings, ledger)
            worker.wake()
            until(lambda: job_of(ledger, job).status is Status.COMPLETED or None)
        finally:
            stopping.set()
            thread.join()


def test_a_stop_between_two_stages_gives_the_attempt_back(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever noticed it."""
    job = hand_in(settings, ledger)
    failing(monkeypatch, [Cancelled()], "run")
    work(settings, ledger)
    assert ways(ledger, job) == [
        ("pending", 0), ("processing", 1), ("pending", 0), ("processing", 1), ("completed", 1),
    ]  # fmt: skip


def test_the_model_reads_what_every_prompt_begins_with_before_the_first_job(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One token is asked for; a job that comes then finds the prefix in the server's cache."""
    asked: list[tuple[str, str, int]] = []

    def ask(self: Writer, role: str, part: str, messages: object, *, max_tokens: int) -> str:
        asked.append((role, part, max_tokens))
        return "."

    monkeypatch.setattr(Writer, "ask", ask)
    with Worker(settings, ledger, Providers(settings), Hook()) as worker:
        worker.run(threading.Event(), once=True)
        assert asked == [("nlp", "warm-up", 1)]
        assert worker._warm(threading.Event()) is True

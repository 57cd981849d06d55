"""The inbox: a drop is taken when it is whole, rejected with a reason, or waits; it is never lost."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from protogen.config import IntakeSettings, Settings
from protogen.hooks import Hook
from protogen.intake.accept import Acceptance, accept
from protogen.intake.drop import drop, write_drop
from protogen.intake.fates import fate_of, forget
from protogen.intake.inbox import Inbox, waiting, waits
from protogen.intake.quarantine import rejection
from protogen.job import JOB_ID, Event, Status, new_job_id
from protogen.ledger import Ledger
from protogen.submission import Attachment, Submission

UUID = "0b9a6f0e-6a1c-4a54-9d0e-2f6f0a0a0001"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
REQUEST = b"description: We are a bakery.\n"
QUIET, SHORT, LONG, SCAN = 2.0, 10.0, 600.0, 3.0


class Home(Hook):
    """An inbox whose clock the test moves, and a ledger that remembers what it was given."""

    def __init__(self, path: Path) -> None:
        self.settings = Settings(home=path, intake=IntakeSettings(max_drop_bytes=300_000))
        self.path = self.settings.inbox_dir
        self.path.mkdir()
        self.time = 1000.0
        self.taken: list[Submission] = []
        self.accepted: list[str] = []
        self.rejected: list[tuple[str, str]] = []
        self.error: Exception | None = None
        self.during: Callable[[], None] = lambda: None
        self.inbox = self.restart()

    def restart(self) -> Inbox:
        self.inbox = Inbox(self.settings, self.accept, self, lambda: self.time)
        return self.inbox

    def accept(self, submission: Submission) -> Acceptance:
        if self.error:
            raise self.error
        self.during()
        event = Event(submission.job_id, Status.PENDING, NOW, NOW)
        known = [each for each in self.taken if each.job_id == submission.job_id]
        if known:
            return Acceptance(event, duplicate=True, conflict=known[0].description != submission.description)
        self.taken.append(submission)
        return Acceptance(event)

    def job_accepted(self, event: Event) -> None:
        self.accepted.append(event.job)

    def drop_rejected(self, name: str, reason: str) -> None:
        self.rejected.append((name, reason))

    def write(self, name: str, data: bytes = REQUEST) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def after(self, seconds: float) -> None:
        """Let time pass, and scan."""
        self.time += seconds
        self.inbox.scan()

    def until(self, seconds: float) -> None:
        """Let time pass in the steps that the inbox asks for."""
        end = self.time + seconds
        while self.time < end:
            self.time = min(end, self.time + max(self.inbox.scan(), 0.01))
        self.inbox.scan()

    def left(self) -> list[str]:
        return sorted(path.name for path in self.path.iterdir() if path.name not in ("rejected", ".same"))

    def in_rejected(self) -> list[str]:
        folder = self.path / "rejected"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


# When a drop is taken


def test_a_file_is_taken_once_it_is_quiet(home: Home) -> None:
    """Not before: somebody may be writing to it."""
    home.write("order.yaml")
    home.after(0)
    home.after(QUIET - 0.1)
    assert (home.taken, home.left()) == ([], ["order.yaml"])
    home.after(0.1)
    assert [each.description for each in home.taken] == ["We are a bakery."]
    assert home.left() == []
    assert home.accepted == [home.taken[0].job_id]


def test_a_file_that_grows_is_not_quiet(home: Home) -> None:
    """Each change begins the wait anew."""
    path = home.write("order.yaml", b"description: |\n")
    for word in (b"  We", b" are", b" a", b" bakery."):
        home.after(QUIET - 0.1)
        with path.open("ab") as file:
            file.write(word)
    home.after(0)
    home.after(QUIET)
    assert [each.description for each in home.taken] == ["We are a bakery."]


def test_a_change_of_the_same_size_is_a_change(home: Home) -> None:
    """The time of change counts beside the size."""
    path = home.write("order.yaml")
    home.after(0)
    home.after(QUIET - 0.1)
    path.write_bytes(REQUEST.replace(b"bakery", b"brewer"))
    os.utime(path, ns=(1, 1))
    home.after(0.1)
    assert home.taken == []
    home.after(QUIET)
    assert [each.description for each in home.taken] == ["We are a brewer."]


def test_a_closed_or_renamed_file_is_taken_at_once(home: Home) -> None:
    """The kernel said that its writer is done."""
    home.write("order.yaml")
    home.inbox.hint("order.yaml", whole=True)
    home.after(0)
    assert len(home.taken) == 1


def test_other_events_do_not_make_a_file_whole(home: Home) -> None:
    """A file that has only been created is not yet written."""
    home.write("order.yaml")
    home.inbox.hint("order.yaml", whole=False)
    home.after(0)
    assert home.taken == []


def test_our_own_drops_are_taken_at_once(home: Home, tmp_path: Path) -> None:
    """They say themselves that they are whole, event or not."""
    (tmp_path / "order.yaml").write_bytes(REQUEST + b"files: [gone.pdf]\n")
    jobs = [drop(tmp_path / "order.yaml", home.path), write_drop({"description": "We brew."}, home.path)]
    home.after(0)
    assert sorted(each.job_id for each in home.taken) == sorted(jobs)
    assert home.left() == []


@pytest.mark.parametrize(
    "name", [".order.yaml", "order.yaml.tmp", "order.tmp", ".hidden/submission.yaml", "x.tmp/submission.yaml"]
)
def test_hidden_and_temporary_names_are_left_alone(home: Home, name: str) -> None:
    """They are somebody's unfinished work, for as long as it takes."""
    home.write(name)
    home.until(2 * LONG)
    assert (home.taken, home.rejected) == ([], [])
    assert (home.path / name).exists()


def test_the_oldest_drop_comes_first(home: Home) -> None:
    """Whatever their names are."""
    for age, name in enumerate(["a.yaml", "c.yaml", "b.yaml"]):
        os.utime(home.write(name, f"description: We are {name}.\n".encode()), (100 - age, 100 - age))
    home.after(0)
    home.after(QUIET)
    assert [each.description for each in home.taken] == ["We are b.yaml.", "We are c.yaml.", "We are a.yaml."]


# Folders


def test_a_folder_waits_for_every_file_it_names(home: Home) -> None:
    """Then it is taken with all of them, two quiet seconds later."""
    home.write("order/menu.pdf", b"M")
    home.until(60)
    home.write("order/submission.yaml", REQUEST + b"files: [menu.pdf, logo.svg]\n")
    home.until(60)
    assert home.taken == []
    home.write("order/logo.svg", b"S")
    home.after(0)
    assert home.taken == []
    home.after(QUIET)
    assert [each.name for each in home.taken[0].files] == ["menu.pdf", "logo.svg"]
    assert (home.taken[0].missing, home.left()) == ((), [])


def test_a_file_in_a_folder_that_grows_keeps_it_waiting(home: Home) -> None:
    """Quiet means every file of it."""
    home.write("order/submission.yaml", REQUEST + b"files: [menu.pdf]\n")
    for size in range(1, 5):
        home.write("order/menu.pdf", b"M" * size)
        home.after(QUIET - 0.1)
    home.after(QUIET)
    assert home.taken[0].files[0].data == b"MMMM"


def test_an_incomplete_folder_is_taken_with_what_is_there(home: Home) -> None:
    """After ten quiet minutes the words are worth more than the file that did not come."""
    home.write("order/submission.yaml", REQUEST + b"files: [menu.pdf]\n")
    home.until(LONG - 1)
    assert home.taken == []
    home.until(2)
    assert home.taken[0].missing == ("menu.pdf",)


@pytest.mark.parametrize("name", ["order/menu.pdf", "order/form.txt"])
def test_a_folder_that_never_gets_a_request_is_rejected(home: Home, name: str) -> None:
    """With all that is in it."""
    home.write(name, b"x")
    home.until(LONG - 1)
    assert home.left() == ["order"]
    home.until(2)
    assert home.in_rejected() == ["order", "order.error.txt"]
    assert (home.path / "rejected" / name).read_bytes() == b"x"


def test_an_empty_folder_waits_and_is_rejected(home: Home) -> None:
    """Somebody made it and went away."""
    (home.path / "order").mkdir()
    home.until(LONG + 1)
    assert home.in_rejected() == ["order", "order.error.txt"]


def test_what_another_system_stores_is_not_waited_for(home: Home) -> None:
    """`/files/<uuid>` does not come by itself."""
    home.write("order/submission.yaml", REQUEST + b"file_urls: [/files/123]\n")
    home.until(QUIET)
    assert home.taken[0].missing == ("/files/123",)


# Files beside a single file


def test_a_file_beside_a_request_comes_with_it(home: Home) -> None:
    """And leaves the inbox with it; what it does not name stays."""
    home.write("order.yaml", REQUEST + b"voice: v.webm\n")
    home.until(QUIET + 1)
    assert home.taken == []
    home.write("v.webm", b"sound")
    home.write("other.pdf", b"x")
    home.until(SCAN + QUIET)
    assert home.taken[0].voice == (Attachment("v.webm", b"sound"),)
    assert home.left() == ["other.pdf"]


def test_a_file_beside_that_is_still_written_is_waited_for(home: Home) -> None:
    """Half a recording is not the recording, though its name is there and the request is closed."""
    for size in range(1, 5):
        home.write("v.webm", b"s" * size)
        if size == 1:
            home.write("order.yaml", REQUEST + b"voice: v.webm\n")
            home.inbox.hint("order.yaml", whole=True)
        home.after(QUIET - 0.1)
    assert home.taken == []
    home.until(2 * QUIET)
    assert home.taken[0].voice == (Attachment("v.webm", b"ssss"),)
    assert home.left() == []


def test_a_file_beside_that_was_replaced_is_another_one(home: Home) -> None:
    """What came while the request was accepted belongs to the next."""
    home.write("order.yaml", REQUEST + b"files: [menu.pdf]\n")
    home.write("menu.pdf", b"M")
    home.during = lambda: (home.write("menu.pdf", b"new"), None)[1]
    home.until(2 * QUIET)
    assert home.taken[0].files == (Attachment("menu.pdf", b"M"),)
    assert home.left() == ["menu.pdf"]


def test_a_crash_between_a_drop_and_the_file_beside_it_makes_no_conflict(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drop goes first: without its file it would be another request under the same job."""
    home.write("order.yaml", REQUEST + b"files: [menu.pdf]\n")
    home.write("menu.pdf", b"M")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(home.inbox, "_remove_beside", crash)
        with pytest.raises(KeyboardInterrupt):
            home.until(2 * QUIET)
    assert home.left() == ["menu.pdf"]


def test_a_file_waits_as_long_as_a_drop_that_may_name_it(home: Home) -> None:
    """The ledger may be out of order for an hour; the customer's menu stays beside her request."""
    home.error = OSError(5, "Input/output error")
    home.write("order.yaml", REQUEST + b"files: [menu.pdf]\n")
    home.write("menu.pdf", b"M")
    home.write("folder/menu.pdf", b"M")
    home.until(3 * LONG)
    assert [name for name, _ in home.rejected] == ["folder"]
    home.error = None
    home.until(LONG)
    assert home.taken[0].files == (Attachment("menu.pdf", b"M"),)
    assert (home.left(), len(home.rejected)) == ([], 1)


def test_a_file_beside_is_waited_for_only_shortly(home: Home) -> None:
    """Who sends a single file seldom sends a second one."""
    home.write("order.yaml", REQUEST + b"files: [menu.pdf]\n")
    home.until(SHORT)
    assert home.taken[0].missing == ("menu.pdf",)


def test_a_file_that_is_no_drop_is_rejected_in_the_end(home: Home) -> None:
    """Nobody named it; the reason says what a drop is."""
    home.write("order.docx", b"x")
    home.until(LONG - 1)
    assert home.left() == ["order.docx"]
    home.until(2)
    assert home.in_rejected() == ["order.docx", "order.docx.error.txt"]


# What is rejected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"a: [", "not valid YAML"),
        (b"a: \xff", "save the file as UTF-8"),
        (b"just words", "not a list of 'name: value' lines"),
        (b"name: Kim\n", "says nothing of the website"),
        (b"description: 42\n", "says nothing of the website"),
        (b"a: b\n---\nc: d\n", "more than one document"),
        (b"a: &x [b]\nc: *x\n", "anchor or alias"),
        (b"a: " + b"[" * 1000, "deeper than"),
        (b"#" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
    ids=[
        "empty",
        "comment",
        "yaml",
        "latin",
        "words",
        "nothing",
        "number",
        "documents",
        "alias",
        "deep",
        "large",
    ],
)
@pytest.mark.parametrize("name", ["order.yaml", "order/submission.yaml", "order.zip"])
def test_what_cannot_be_used_is_rejected_with_its_reason(
    home: Home, name: str, data: bytes, reason: str
) -> None:
    """It goes to `rejected/` as it came, within seconds, beside one plain sentence that says how to mend it."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(home.path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("submission.yaml", data)
    else:
        home.write(name, data)
    top = name.partition("/")[0]
    home.until(SHORT + SCAN)
    assert (home.taken, home.left()) == ([], [])
    assert home.in_rejected() == [top, f"{top}.error.txt"]
    text = (home.path / "rejected" / f"{top}.error.txt").read_text()
    assert reason in text
    assert text.endswith(".\n")
    assert text.count("\n") == 1
    assert home.rejected == [(top, text.strip())]


@pytest.mark.parametrize("name", ["order.zip", "order.yaml"])
def test_what_may_be_half_written_is_given_time(home: Home, name: str) -> None:
    """A writer may pause for longer than two seconds."""
    path = home.write(name, b"description: [")
    home.until(SHORT - 1)
    assert home.left() == [name]
    path.unlink()
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("submission.yaml", REQUEST)
    else:
        home.write(name)
    home.until(QUIET)
    assert len(home.taken) == 1


def test_an_empty_file_that_was_closed_waits_for_its_words(home: Home) -> None:
    """`touch` closes a file too."""
    home.write("order.yaml", b"")
    home.inbox.hint("order.yaml", whole=True)
    home.after(0)
    assert home.left() == ["order.yaml"]
    home.write("order.yaml")
    home.inbox.hint("order.yaml", whole=True)
    home.after(0)
    assert len(home.taken) == 1


def make_socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


@pytest.mark.parametrize("name", ["order.yaml", "order.zip", "order"])
@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        make_socket,
        lambda path: path.symlink_to("/etc"),
        lambda path: path.symlink_to("/etc/passwd"),
    ],
    ids=["pipe", "socket", "link to a folder", "link to a file"],
)
def test_links_and_special_files_are_rejected(home: Home, name: str, make: Callable[[Path], None]) -> None:
    """They are moved as what they are; what a link points at is not touched."""
    make(home.path / name)
    home.until(QUIET)
    assert home.in_rejected() == [name, f"{name}.error.txt"]
    assert (home.taken, home.left()) == ([], [])


def test_a_link_to_nowhere_is_rejected(home: Home) -> None:
    """It has no file, but a name that must not stay for ever."""
    (home.path / "order.yaml").symlink_to("nowhere")
    home.until(QUIET)
    assert home.in_rejected() == ["order.yaml", "order.yaml.error.txt"]


def test_a_file_of_fifty_megabytes_is_rejected_unread(home: Home) -> None:
    """Its size is known without reading it."""
    with home.write("order.yaml").open("wb") as file:
        file.truncate(50_000_000)
    home.until(QUIET)
    assert "larger than 1,000,000 bytes" in home.rejected[0][1]


def test_nothing_in_rejected_is_replaced(home: Home) -> None:
    """A name that is there already gets a number, whatever holds it."""
    for number in range(3):
        home.write("order.yaml", f"name: Kim {number}\n".encode())
        home.until(SHORT)
    home.write("rejected/order-4.yaml", b"mine")
    home.write("rejected/order-5.yaml.error.txt", b"mine")
    home.write("order.yaml", b"name: Kim 3\n")
    home.until(SHORT)
    rejected = home.path / "rejected"
    for number, name in enumerate(["order.yaml", "order-2.yaml", "order-3.yaml", "order-6.yaml"]):
        assert (rejected / name).read_bytes() == f"name: Kim {number}\n".encode()
        assert (rejected / f"{name}.error.txt").exists()
    assert (rejected / "order-4.yaml").read_bytes() == b"mine"
    assert (rejected / "order-5.yaml.error.txt").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "name",
    [b"x" * 250 + b".yaml", ("ž" * 124 + ".yaml").encode(), b"a\xff\xfe.yaml", b"a\n\x1b[31m.yaml", b"-rf"],
)
def test_a_drop_of_any_name_can_be_rejected(home: Home, name: bytes) -> None:
    """However long, and even if it is no text; the reason finds room beside it."""
    path = os.fsencode(home.path) + b"/" + name
    Path(os.fsdecode(path)).write_bytes(b"name: Kim\n")
    home.until(LONG + 1)
    assert home.left() == []
    kept, reason = sorted(home.in_rejected(), key=len)
    assert reason == f"{kept}.error.txt"
    assert (home.path / "rejected" / kept).read_bytes() == b"name: Kim\n"


def test_the_reason_can_be_asked_for_by_job_id(home: Home) -> None:
    """Who was given a job id learns why there is no job."""
    home.write(f"{UUID}.yaml", b"name: Kim\n")
    assert rejection(home.path, UUID) is None
    home.until(SHORT)
    assert "says nothing of the website" in (rejection(home.path, UUID) or "")
    assert rejection(home.path, UUID.replace("1", "2")) is None


@pytest.fixture
def common_home() -> Iterator[Home]:
    """A home of a user to whom permissions apply: not root."""
    path = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(path, 65534, 65534)
        os.seteuid(65534)
    try:
        yield Home(path)
    finally:
        if root:
            os.seteuid(0)
        for each in path.rglob("*"):
            if each.is_dir():
                each.chmod(0o700)
        shutil.rmtree(path)


@pytest.mark.parametrize("name", ["order.yaml", "order.zip", "order/submission.yaml"])
def test_what_may_not_be_read_is_rejected(common_home: Home, name: str) -> None:
    """After a moment, for the permission may come a little later than the file."""
    path = common_home.write(name)
    path.chmod(0)
    common_home.until(SHORT - 1)
    assert common_home.rejected == []
    common_home.until(SCAN)
    assert "cannot be read; give protogen the permission to" in common_home.rejected[0][1]
    assert common_home.left() == []


def test_what_can_be_neither_read_nor_moved_is_reported_once(
    common_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays where it is, and the others get their turn."""
    folder = common_home.path / "locked"
    folder.mkdir(mode=0)
    common_home.until(LONG)
    common_home.write("order.yaml")
    common_home.until(LONG)
    assert common_home.left() == ["locked"]
    assert len(common_home.taken) == 1
    assert len([record for record in caplog.records if "cannot be taken in now" in record.getMessage()]) == 1
    assert common_home.in_rejected() == []


# Cut anywhere


@pytest.mark.parametrize("closed", [True, False])
def test_a_file_cut_anywhere_is_neither_an_accident_nor_lost(home: Home, closed: bool) -> None:
    """At every byte it becomes a job, or lies in `rejected/` as it was."""
    whole = (
        f'submission_id: {UUID}\nname: "Nováková"\nfiles: [a.pdf]\ndescription: |\n  Pečeme 🥐.\n'.encode()
    )
    for end in range(len(whole) + 1):
        name = f"order-{end}.yaml"
        home.write(name, whole[:end])
        if closed:
            home.inbox.hint(name, whole=True)
    home.until(LONG + SCAN)
    assert home.left() == []
    kept = [name for name in home.in_rejected() if not name.endswith(".error.txt")]
    assert len(kept) + len(home.taken) == len(whole) + 1
    assert len(home.taken) >= 10
    for name in kept:
        end = int(name.removeprefix("order-").removesuffix(".yaml"))
        assert (home.path / "rejected" / name).read_bytes() == whole[:end]


# Accepting, and crashes


def test_a_drop_leaves_only_when_it_was_accepted(home: Home) -> None:
    """A ledger out of order costs time, not requests: it is tried again, later and later, up to every five minutes."""
    home.error = OSError(5, "Input/output error")
    home.write("order.yaml")
    home.until(QUIET)
    (name,) = home.left()
    assert JOB_ID.fullmatch(name.removesuffix(".yaml"))
    tries: list[float] = []
    home.during = lambda: tries.append(home.time)
    start = home.time

    def fail(submission: Submission) -> Acceptance:
        tries.append(home.time - start)
        raise OSError(5, "Input/output error")

    home.inbox._accept = fail
    home.until(1000)
    assert [round(each) for each in tries[:7]] == [5, 15, 35, 75, 155, 315, 615]
    home.inbox._accept = home.accept
    home.error = None
    home.until(300)
    assert [each.job_id for each in home.taken] == [name.removesuffix(".yaml")]
    assert home.left() == []


def test_one_drop_that_fails_does_not_hold_up_the_others(home: Home) -> None:
    """Whatever the error is."""
    home.write("a.yaml", b"description: poison\n")
    home.write("b.yaml")
    real = home.inbox._accept

    def picky(submission: Submission) -> Acceptance:
        if "poison" in submission.description:
            raise RuntimeError("a bug")
        return real(submission)

    home.inbox._accept = picky
    home.until(QUIET)
    assert [each.description for each in home.taken] == ["We are a bakery."]
    assert len(home.left()) == 1


def test_a_bug_in_reading_costs_no_drop(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error nobody thought of leaves the drop where it is."""

    def fail(*_: object) -> None:
        raise MemoryError

    home.write("order.yaml")
    with monkeypatch.context() as patch:
        patch.setattr("protogen.intake.inbox.read_drop", fail)
        home.until(60)
    assert home.left() == ["order.yaml"]
    home.until(300)
    assert len(home.taken) == 1


def test_before_it_is_accepted_a_drop_has_the_name_of_its_job(home: Home) -> None:
    """So that after a crash the same drop is the same job."""
    home.write("order.yaml")
    home.write("folder/submission.yaml")
    seen: list[str] = []
    home.during = lambda: seen.extend(home.left())
    home.until(QUIET)
    assert {each.job_id for each in home.taken} <= {name.removesuffix(".yaml") for name in seen}


@pytest.mark.parametrize("name", ["order.yaml", "order/submission.yaml"])
def test_a_crash_after_accepting_makes_no_second_job(home: Home, name: str) -> None:
    """The drop is found again, recognised, and removed without another notice."""
    home.write(name)
    real = home.inbox._accept

    def crash(submission: Submission) -> Acceptance:
        real(submission)
        raise KeyboardInterrupt

    home.inbox._accept = crash
    with pytest.raises(KeyboardInterrupt):
        home.until(QUIET)
    assert len(home.left()) == 1
    home.restart()
    home.until(QUIET)
    assert (len(home.taken), home.accepted, home.left()) == (1, [], [])


def test_a_crash_while_a_folder_is_removed_leaves_no_new_drop(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a folder would look like a drop that waits for its request."""
    home.write("order/submission.yaml")

    def crash(path: Path) -> None:
        (path / "submission.yaml").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("protogen.intake.inbox.remove_tree", crash)
        with pytest.raises(KeyboardInterrupt):
            home.until(QUIET)
    inbox = home.restart()
    stop = threading.Event()
    stop.set()
    inbox.run(stop)
    home.until(2 * LONG)
    assert (len(home.taken), home.left(), home.rejected) == (1, [], [])


def test_drops_of_our_own_that_never_became_whole_are_removed(home: Home) -> None:
    """After a day, and nobody else's: what a customer sent must not lie about for ever."""
    for name in (
        f"{UUID}.tmp/submission.yaml",
        f"{UUID.replace('1', '2')}.tmp/submission.yaml",
        "mine.tmp/x",
    ):
        home.write(name)
    for name in (f"{UUID}.tmp", "mine.tmp"):
        os.utime(home.path / name, (0, 0))
    stop = threading.Event()
    stop.set()
    home.inbox.run(stop)
    assert home.left() == sorted([f"{UUID.replace('1', '2')}.tmp", "mine.tmp"])


def test_a_drop_that_becomes_whole_during_the_first_look_harms_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others hand in while the program starts."""
    stop = threading.Event()
    stop.set()
    (home.path / f"{UUID}.tmp").mkdir()
    real = Path.lstat

    def renamed(path: Path) -> os.stat_result:
        if path.suffix == ".tmp" and path.exists():
            path.rename(path.with_suffix(""))
        return real(path)

    monkeypatch.setattr(Path, "lstat", renamed)
    home.inbox.run(stop)
    assert home.left() == [UUID]


def test_the_name_of_its_job_is_on_the_disk_before_a_drop_is_accepted(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut must not bring it back under its old name: it would be a second job."""
    synced: list[Path] = []
    monkeypatch.setattr("protogen.files.sync_dir", synced.append)
    home.write("order.yaml")
    home.during = lambda: synced.append(Path("accepted"))
    home.until(QUIET)
    assert synced == [home.path, Path("accepted")]


# Many


def test_news_of_one_drop_costs_no_look_at_the_others(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else waits: only what is due or new is looked at between two scans."""
    from protogen.intake import inbox as module

    for number in range(50):
        home.write(f"waiting-{number}/menu.pdf")
    home.after(0)
    looked: list[str] = []
    real = module.signature_of
    monkeypatch.setattr(module, "signature_of", lambda path: (looked.append(path.name), real(path))[1])
    monkeypatch.setattr(module, "_names", lambda inbox: pytest.fail("the whole inbox was read"))
    home.write("order.yaml")
    home.inbox.hint("order.yaml", whole=True)
    home.inbox.look()
    assert not any(name.startswith("waiting") for name in looked)
    assert len(looked) <= 4
    assert home.left() == sorted(f"waiting-{number}" for number in range(50))


def test_what_lies_beside_is_listed_once_for_all(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand requests with a file each are a thousand looks, not a million."""
    from protogen.intake import contents as module

    listed: list[Path] = []
    real = module._entries
    monkeypatch.setattr(module, "_entries", lambda path, most: (listed.append(path), real(path, most))[1])
    for number in range(30):
        home.write(f"order-{number}.yaml", REQUEST + f"files: [menu-{number}.pdf]\n".encode())
        home.write(f"menu-{number}.pdf", b"%d" % number)
    home.until(3 * QUIET)
    assert sorted(int(each.files[0].data) for each in home.taken) == list(range(30))
    assert listed.count(home.path) <= 4


def test_a_drop_that_comes_last_is_not_forgotten_behind_those_that_fail(home: Home) -> None:
    """A hundred that cannot be taken hold up no other: each waits for its own next try."""
    for number in range(100):
        home.write(f"poison-{number}.yaml", b"description: poison\n")
    real, tries = home.inbox._accept, []

    def picky(submission: Submission) -> Acceptance:
        if "poison" in submission.description:
            tries.append(submission.job_id)
            raise RuntimeError("a bug")
        return real(submission)

    home.inbox._accept = picky
    home.until(60)
    before = len(tries)
    home.write("order.yaml")
    home.inbox.hint("order.yaml", whole=True)
    home.inbox.look()
    assert len(home.taken) == 1
    assert len(tries) == before


def test_hints_for_what_is_not_there_are_forgotten(home: Home) -> None:
    """A busy folder of temporary names costs no memory; a hint that comes during a scan is kept."""
    for number in range(100):
        home.inbox.hint(f"{number}.tmp", whole=True)
    home.after(0)
    assert not home.inbox._hinted


def test_what_is_written_while_it_is_accepted_is_not_lost(home: Home) -> None:
    """A late change is a conflict with the job that was made, and says so."""
    home.write(f"{UUID}.yaml")
    home.during = lambda: (home.write(f"{UUID}.yaml", b"description: We are a brewery, and more.\n"), None)[1]
    home.until(QUIET)
    assert len(home.taken) == 1
    home.during = lambda: None
    home.until(SCAN + QUIET)
    assert (
        home.path / "rejected" / f"{UUID}.yaml"
    ).read_bytes() == b"description: We are a brewery, and more.\n"


def test_a_drop_changed_while_it_was_read_is_read_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is accepted is what lies there."""
    from protogen.intake import inbox as module

    path = home.write("order.yaml")
    real = module.read_drop

    def slow(*args: object, **more: object) -> object:
        result = real(*args, **more)  # type: ignore[arg-type]
        if path.exists() and path.read_bytes() == REQUEST:
            path.write_bytes(b"description: We are a brewery.\n")
        return result

    monkeypatch.setattr(module, "read_drop", slow)
    home.until(2 * QUIET + 1)
    assert [each.description for each in home.taken] == ["We are a brewery."]


def test_a_drop_that_is_taken_away_is_forgotten(home: Home) -> None:
    """A customer may change her mind."""
    path = home.write("order.yaml")
    home.after(0)
    path.unlink()
    home.until(60)
    assert (home.taken, home.rejected) == ([], [])


def test_the_inbox_may_go_and_come_back(home: Home) -> None:
    """Somebody cleans up while the program runs."""
    home.after(0)
    shutil.rmtree(home.path)
    home.until(10)
    home.path.mkdir()
    home.write("order.yaml")
    home.until(QUIET)
    assert len(home.taken) == 1


def test_a_restart_forgets_nothing(home: Home) -> None:
    """All there is to know lies in the inbox."""
    home.write("order.yaml")
    home.after(0)
    home.restart()
    home.until(QUIET)
    assert len(home.taken) == 1


# With the ledger, and with the kernel's events


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.git") as opened:
        yield opened


def test_the_same_drop_twice_is_one_job_and_another_a_conflict(home: Home, ledger: Ledger) -> None:
    """The first quietly, the other with a reason that names the job and keeps the drop's name."""
    inbox = Inbox(home.settings, lambda one: accept(one, ledger, home.settings, NOW), home, lambda: home.time)
    home.inbox = inbox
    home.write("one.yaml", REQUEST + b"submission_id: 7\n")
    home.until(QUIET)
    home.write("two.yaml", REQUEST + b"submission_id: 7\n")
    home.until(QUIET)
    (job,) = ledger.jobs()
    assert (home.accepted, home.left(), home.in_rejected()) == ([job.job], [], [])
    home.write("three.yaml", b"description: We brew.\nsubmission_id: 7\n")
    home.until(QUIET)
    assert home.in_rejected() == ["three.yaml", "three.yaml.error.txt"]
    assert home.rejected[0][1] == (
        f"The submission_id belongs to job {job.job} with other content; send this under a new one."
    )
    assert len(ledger.jobs()) == 1


def test_a_job_id_given_to_a_duplicate_leads_to_the_job(home: Home, ledger: Ledger) -> None:
    """Whoever hands a request in a second time was given an id, and can ask with it."""
    home.inbox = Inbox(
        home.settings, lambda one: accept(one, ledger, home.settings, NOW), home, lambda: home.time
    )
    fields = {"description": "We bake.", "submission_id": "7"}
    first, second = write_drop(fields, home.path, job_id=UUID), write_drop(fields, home.path)
    home.after(0)
    (job,) = ledger.jobs()
    other = second if job.job == first else first
    assert fate_of(home.path, other) == job.job
    assert fate_of(home.path, job.job) == ""
    assert fate_of(home.path, "../../etc/passwd") == ""
    os.utime(home.path / ".same" / other, (0, 0))
    forget(home.path)
    assert fate_of(home.path, other) == ""


def test_waiting_names_the_drops_by_their_job_ids(home: Home, tmp_path: Path) -> None:
    """Status answers from the inbox too."""
    (tmp_path / "order.yaml").write_bytes(REQUEST)
    home.write("bakery.yaml")
    first = drop(tmp_path / "order.yaml", home.path)
    home.write(f"{UUID}.zip")
    home.write(".hidden")
    home.write("rejected/old.yaml")
    assert sorted(waiting(home.path)) == sorted(["bakery.yaml", first, UUID])
    assert home.inbox.waiting() == waiting(home.path)
    assert waiting(tmp_path / "nowhere") == []
    assert waits(home.path, first)
    assert waits(home.path, UUID)
    for other in ("", "bakery.yaml", ".hidden", "rejected", "../inbox", new_job_id()):
        assert not waits(home.path, other)


def test_a_running_inbox_takes_drops_and_stops(tmp_path: Path) -> None:
    """Through the kernel's events a drop is accepted long before the next scan; `stop` ends it at once."""
    settings = Settings(home=tmp_path, intake=IntakeSettings(quiet_seconds=60, scan_seconds=60))
    accepted = threading.Semaphore(0)
    jobs: list[str] = []

    def take(submission: Submission) -> Acceptance:
        jobs.append(submission.job_id)
        accepted.release()
        return Acceptance(Event(submission.job_id, Status.PENDING, NOW, NOW))

    settings.inbox_dir.mkdir()
    first = write_drop({"description": "We bake."}, settings.inbox_dir)
    stop = threading.Event()
    thread = threading.Thread(target=Inbox(settings, take).run, args=(stop,))
    thread.start()
    try:
        assert accepted.acquire(timeout=20)
        (settings.inbox_dir / f"{UUID}.yaml").write_bytes(REQUEST)
        assert accepted.acquire(timeout=20)
        (settings.inbox_dir / "half.tmp").write_bytes(REQUEST)
        (settings.inbox_dir / "half.tmp").rename(settings.inbox_dir / "whole.yaml")
        assert accepted.acquire(timeout=20)
        (tmp_path / "away.yaml").write_bytes(REQUEST)
        (tmp_path / "away.yaml").rename(settings.inbox_dir / "moved-in.yaml")
        assert accepted.acquire(timeout=20)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert jobs[:2] == [first, UUID]
    assert waiting(settings.inbox_dir) == []


def test_without_events_the_scans_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that cannot watch, or a queue that overflowed."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr("watchdog.observers.api.BaseObserver.schedule", fail)
    settings = Settings(home=tmp_path, intake=IntakeSettings(quiet_seconds=0.05, scan_seconds=0.05))
    accepted = threading.Event()

    def take(submission: Submission) -> Acceptance:
        accepted.set()
        return Acceptance(Event(submission.job_id, Status.PENDING, NOW, NOW))

    stop = threading.Event()
    thread = threading.Thread(target=Inbox(settings, take).run, args=(stop,))
    thread.start()
    try:
        while not settings.inbox_dir.exists():
            stop.wait(0.01)
        (settings.inbox_dir / "order.yaml").write_bytes(REQUEST)
        assert accepted.wait(20)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()

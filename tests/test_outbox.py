"""The outbox: at least once, under one id, whatever hangs, fails or is killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from protogen.backoff import RetrySettings
from protogen.hooks import Hook, outbox
from protogen.hooks.outbox import FAILED, Message, Outbox, Undelivered, entries, forget, message_id, retry
from protogen.job import new_job_id
from tools.missing import ROOT
from tools.processes import until

QUICK = RetrySettings(attempts=3, first_delay=0.1, factor=1, jitter=0)


class Heard(Hook):
    """What the operator would hear of."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def notice_delivered(self, channel: str) -> None:
        self.said.append(f"{channel} delivered")

    def notice_failed(self, channel: str, code: str) -> None:
        self.said.append(f"{channel} {code}")


@contextmanager
def serving(
    folder: Path, channels: dict[str, Callable[[Message], None]], hook: Hook | None = None
) -> Iterator[Outbox]:
    """An outbox at work until the end of the block."""
    box = Outbox(folder, QUICK, hook or Hook())
    for name, deliver in channels.items():
        box.serve(name, deliver)
    box.start()
    try:
        yield box
    finally:
        box.stop()


def message(*parts: str, job: str = "") -> Message:
    return Message(message_id(*parts), "webhook", {"event": parts[0]}, job)


def test_what_is_put_in_is_delivered_and_gone(tmp_path: Path) -> None:
    """In the order in which it came; nothing is left of it."""
    came: list[Message] = []
    folder, heard = tmp_path / "outbox", Heard()
    with serving(folder, {"webhook": came.append}, heard) as box:
        sent = [message(str(number)) for number in range(5)]
        assert all(box.put(each) for each in sent)
        until(lambda: len(heard.said) == 5)
    assert came == sent
    assert entries(folder) == []


def test_what_waited_at_the_end_is_delivered_at_the_next_start(tmp_path: Path) -> None:
    """Whoever put it in is long gone."""
    folder, came = tmp_path / "outbox", list[Message]()
    box = Outbox(folder, QUICK, Hook())
    box.serve("webhook", came.append)
    box.put(message("completed"))
    assert came == []
    with serving(folder, {"webhook": came.append}):
        until(lambda: came)
    assert [each.id for each in came] == [message("completed").id]


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """Folders are 0700 and files 0600."""
    folder = tmp_path / "run" / "outbox"
    box = Outbox(folder, QUICK, Hook())
    box.serve("webhook", lambda _: None)
    box.put(message("completed"))
    found = {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if path.is_dir()}
    assert found == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*.json")} == {0o600}


def test_what_fails_is_tried_again_under_the_same_id_and_then_put_aside(tmp_path: Path) -> None:
    """The hook hears of the last failure, with its code; the next message has its turn meanwhile."""
    tries, heard = list[str](), Heard()

    def deliver(each: Message) -> None:
        tries.append(each.body["event"])
        if each.body["event"] == "poisoned":
            raise Undelivered("http-500")

    with serving(tmp_path / "outbox", {"webhook": deliver}, heard) as box:
        box.put(message("poisoned"))
        box.put(message("good"))
        until(lambda: "webhook http-500" in heard.said)
    assert Counter(tries) == {"poisoned": 3, "good": 1}
    (entry,) = entries(tmp_path / "outbox")
    assert (entry.failed, entry.message.id) == (True, message("poisoned").id)
    assert (entry.message.attempts, entry.message.error) == (3, "http-500")


def test_what_no_attempt_can_mend_is_put_aside_at_once(tmp_path: Path) -> None:
    """A lasting failure has one attempt."""
    heard = Heard()

    def deliver(_: Message) -> None:
        raise Undelivered("no-channel", lasting=True)

    with serving(tmp_path / "outbox", {"webhook": deliver}, heard) as box:
        box.put(message("completed"))
        until(lambda: heard.said)
    assert heard.said == ["webhook no-channel"]


def test_a_channel_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    """Nor the end of the program."""
    hanging, came = threading.Event(), list[Message]()
    folder = tmp_path / "outbox"
    with serving(folder, {"mail": lambda _: hanging.wait() and None, "webhook": came.append}) as box:
        box.put(Message(message_id("a"), "mail"))
        box.put(message("completed"))
        until(lambda: came)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert [entry.message.channel for entry in entries(folder)] == ["mail"]
    hanging.set()


def test_what_was_put_aside_may_be_tried_again_while_the_outbox_is_served(tmp_path: Path) -> None:
    """By another process, with all its attempts."""
    broken, came, heard = [True], list[Message](), Heard()

    def deliver(each: Message) -> None:
        if broken:
            raise Undelivered("refused", lasting=True)
        came.append(each)

    folder = tmp_path / "outbox"
    with serving(folder, {"webhook": deliver}, heard) as box:
        box.put(message("completed"))
        until(lambda: heard.said)
        broken.clear()
        assert retry(folder, "another") == 0
        assert retry(folder) == 1
        until(lambda: came)
    assert came[0].id == message("completed").id
    assert entries(folder) == []


def test_what_another_process_puts_in_is_delivered(tmp_path: Path) -> None:
    """Within seconds, though nobody says so."""
    came: list[Message] = []
    with serving(tmp_path / "outbox", {"webhook": came.append}):
        outbox.put(tmp_path / "outbox", message("test"))
        until(lambda: came)
    assert came == [message("test")] or came[0].id == message("test").id


def test_what_no_channel_serves_any_more_is_put_aside(tmp_path: Path) -> None:
    """It does not wait for ever without a word; served again, it can be tried again."""
    folder, heard, came = tmp_path / "outbox", Heard(), list[Message]()
    outbox.put(folder, message("completed"))
    with serving(folder, {"mail": came.append}, heard):
        until(lambda: heard.said)
    assert heard.said == ["webhook not-served"]
    assert [(entry.failed, entry.message.error) for entry in entries(folder)] == [(True, "not-served")]
    with serving(folder, {"webhook": came.append}):
        assert retry(folder) == 1
        until(lambda: came)


def test_messages_of_an_expired_job_go_with_it(tmp_path: Path) -> None:
    """Those that wait and those that were put aside; others stay."""
    folder, gone, kept = tmp_path / "outbox", new_job_id(), new_job_id()
    box = Outbox(folder, QUICK, Hook())
    box.serve("webhook", lambda _: None)
    for job in (gone, kept, ""):
        box.put(message(f"completed {job}", job=job))
    failed = next(folder.glob(f"webhook/{gone}.*"))
    failed.rename(folder / FAILED / failed.name)
    box.put(message("failed", job=gone))
    assert forget(folder, lambda job: job == gone) == 2
    assert sorted(entry.message.job for entry in entries(folder)) == ["", kept]


def test_a_message_that_is_forgotten_while_it_fails_does_not_come_back(tmp_path: Path) -> None:
    """Its next attempt is not written."""
    folder, job, trying = tmp_path / "outbox", new_job_id(), threading.Event()
    go_on = threading.Event()

    def deliver(_: Message) -> None:
        trying.set()
        go_on.wait()
        raise Undelivered("refused")

    with serving(folder, {"webhook": deliver}) as box:
        box.put(message("completed", job=job))
        trying.wait()
        forget(folder, lambda _: True)
        go_on.set()
        time.sleep(0.3)
    assert entries(folder) == []


def test_the_outbox_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many are not taken; what is put aside is kept for the last ones only."""
    monkeypatch.setattr(outbox, "MOST_WAITING", 3)
    monkeypatch.setattr(outbox, "MOST_FAILED", 2)

    def deliver(_: Message) -> None:
        raise Undelivered("refused", lasting=True)

    heard = Heard()
    box = Outbox(tmp_path / "outbox", QUICK, heard)
    box.serve("webhook", deliver)
    assert [box.put(message(str(number))) for number in range(5)] == [True, True, True, False, False]
    box.start()
    until(lambda: len(heard.said) == 3)
    box.stop()
    assert [entry.message.body["event"] for entry in entries(tmp_path / "outbox")] == ["1", "2"]


def test_a_clock_that_is_set_back_delays_nothing_for_longer_than_its_delay(tmp_path: Path) -> None:
    """What was due a year from now is tried after the delay that its attempts give."""
    came: list[Message] = []
    far = Message(message_id("a"), "webhook", attempts=1, due=time.time() + 365 * 86_400)
    outbox.put(tmp_path / "outbox", far)
    box = Outbox(tmp_path / "outbox", RetrySettings(attempts=3, first_delay=0), Hook())
    box.serve("webhook", came.append)
    box.start()
    until(lambda: came)
    box.stop()
    assert came == [far]


def test_a_file_that_is_no_message_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is named once and passed over."""
    came: list[Message] = []
    with serving(tmp_path / "outbox", {"webhook": came.append}) as box:
        (tmp_path / "outbox" / "webhook" / "spoilt.json").write_text("{", "utf-8")
        box.put(message("completed"))
        until(lambda: came)
        time.sleep(0.2)
    assert sum("is no message" in record.getMessage() for record in caplog.records) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from protogen.backoff import RetrySettings
from protogen.hooks import Hook
from protogen.hooks.outbox import Message, Outbox, message_id

def deliver(message):
    with open("delivered", "a") as file:
        file.write(message.id + "\\n")
    if sys.argv[1] == "sent":
        os.kill(os.getpid(), signal.SIGKILL)

box = Outbox(Path("outbox"), RetrySettings(), Hook())
box.serve("webhook", deliver)
if sys.argv[1] == "sent":
    box.start()
box.put(Message(message_id("completed"), "webhook"))
if sys.argv[1] == "written":
    os.kill(os.getpid(), signal.SIGKILL)
import time
time.sleep(20)
"""


@pytest.mark.parametrize(("moment", "before"), [("written", 0), ("sent", 1)])
def test_a_kill_between_writing_and_sending_loses_nothing(moment: str, before: int, tmp_path: Path) -> None:
    """After the write it is delivered at the next start; after the sending once more, under the same id."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", KILLED, moment], cwd=tmp_path, env=environ, check=False)
    assert done.returncode == -signal.SIGKILL
    delivered = tmp_path / "delivered"
    assert (delivered.read_text().split() if delivered.exists() else []) == [message_id("completed")] * before
    came: list[Message] = []
    with serving(tmp_path / "outbox", {"webhook": came.append}):
        until(lambda: came)
    assert [each.id for each in came] == [message_id("completed")]

"""Listeners: each hears everything, none can stop anything."""

from __future__ import annotations

import inspect

import pytest

from protogen.hooks import Hook, Hooks
from protogen.job import Event, Rung, StageTrace, Status, new_job_id, now

EVENT = Event(new_job_id(), Status.PENDING, now(), now())
CALLS: dict[str, tuple[object, ...]] = {
    "drop_rejected": ("order.yaml", "It is empty; fill it."),
    "job_accepted": (EVENT,),
    "job_started": (EVENT,),
    "attachments_started": (EVENT.job, 3),
    "attachments_finished": (EVENT.job, 1200),
    "stage_started": (EVENT.job, "brief", 0, 5),
    "stage_progress": (EVENT.job, "structure", "hero"),
    "stage_finished": (EVENT.job, StageTrace("brief", Rung.FIELDS)),
    "job_finished": (EVENT,),
    "disk_full": ("less than 50,000,000 bytes are free",),
    "disk_room": (),
    "provider_changed": ("openai", "open"),
    "upkeep_done": ("prune", 3),
    "upkeep_failed": ("verify", "One published folder lacks a file."),
    "notice_delivered": ("email",),
    "notice_failed": ("statex", "http-500"),
}


class Recorder:
    """Not even a Hook by descent: whatever is called is written down."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, tuple[object, ...]]] = []

    def __getattr__(self, name: str) -> object:
        return lambda *args: self.heard.append((name, args))


class Broken:
    """Fails at everything."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


def test_every_event_is_tried_below() -> None:
    """The list above is whole."""
    assert set(CALLS) == {name for name, _ in inspect.getmembers(Hook, inspect.isfunction)}


@pytest.mark.parametrize("name", CALLS)
def test_every_listener_hears_every_event_also_behind_a_broken_one(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In their order, with what happened; the failure is logged."""
    first, last = Recorder(), Recorder()
    getattr(Hooks([first, Broken(), last]), name)(*CALLS[name])  # type: ignore[list-item]
    assert first.heard == last.heard == [(name, CALLS[name])]
    assert f"hook Broken failed in {name}" in caplog.text


@pytest.mark.parametrize("name", CALLS)
def test_a_listener_may_leave_out_what_it_does_not_want(name: str) -> None:
    """A plain Hook hears everything and does nothing; so do no hooks at all."""
    assert getattr(Hook(), name)(*CALLS[name]) is None
    assert getattr(Hooks(), name)(*CALLS[name]) is None

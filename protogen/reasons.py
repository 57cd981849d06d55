"""Why a job ended as it did: a sentence for the customer, and what the operator does. The ledger has codes only."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """`customer` may be shown to anybody; `operator` names the cause and the mend."""

    customer: str
    operator: str


_TRIED = "Your website could not be made, though we tried {attempts}. Nothing that you sent is lost: "
_REASONS = {
    "cancelled": Reason(
        "This request was cancelled.", "It was cancelled; protogen retry JOB takes it up again."
    ),
    "disk-full": Reason(
        "Your request waits for a moment: our disk is full. It goes on by itself.",
        "The disk was full. Make room (protogen prune); the job goes on by itself.",
    ),
    "gate": Reason(
        _TRIED + "what came out did not pass our checks. We look into it.",
        "No page passed the gate, not even one from templates: failure.txt of the submission says which check.",
    ),
    "publish": Reason(
        _TRIED + "it is made, and could not be put online. We look into it.",
        "The published folder cannot be written: see protogen doctor, then protogen retry JOB.",
    ),
    "submission": Reason(
        "What we have of your request cannot be read any more. Please send it again.",
        "The submission in the ledger is damaged: run protogen verify.",
    ),
    "worker-died": Reason(
        _TRIED + "our machine stopped over it each time. We look into it.",
        "The worker died in every attempt (out of memory, or killed): see the system's log, then protogen retry JOB.",
    ),
}
_OTHER = Reason(
    _TRIED + "something went wrong on our side. We look into it.",
    "An error of the program or the machine; failure.txt of the submission has it in full. Then protogen retry JOB.",
)


def reason_for(code: str, attempts: int = 1) -> Reason:
    """The reason of an error code, any code; `attempts` were made."""
    reason = _REASONS.get(code, _OTHER)
    times = {1: "once", 2: "twice"}.get(attempts, f"{attempts} times")
    return Reason(reason.customer.format(attempts=times), reason.operator)

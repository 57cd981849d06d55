"""What may become of a question instead of an answer."""

from __future__ import annotations


class LlmError(Exception):
    """The model gave no usable answer; `code` is one word for the trace, the message says what happened."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unavailable(LlmError):
    """Nobody answers at the address, or not in the protocol. `after` are the seconds that the server asks to wait."""

    def __init__(self, code: str, message: str, after: float | None = None) -> None:
        super().__init__(code, message)
        self.after = after


class BadAnswer(LlmError):
    """An answer came and is of no use (cut off, a loop, not what was asked for): the model's fault."""


class TooLate(LlmError):
    """The answer was not whole when its time was up."""


class Cancelled(Exception):
    """The caller no longer wants an answer: the program is stopping."""

"""Logging: one way for every line, to a file for programs and to the console for people.

A line is an event that `events.py` names, with fields of which none can hold what a customer wrote (`safe.py`):

    log = get_logger(__name__)
    log.warning("notices-wait", error=error_kind(error))

Lines go through the standard library's loggers, so that those of uvicorn and other libraries take the same way. What is
bound (`bind`) is on every line of the thread, and of the event loops that it asks: the job, its project, its stage.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars

from protogen.logs.safe import declared, error_kind, to_record, worded

Logger = structlog.stdlib.BoundLogger

bind = bind_contextvars
unbind_all = clear_contextvars


def get_logger(name: str) -> Logger:
    """The logger of a module, whose name is `__name__`."""
    logger: Logger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, merge_contextvars, declared, worded, to_record],
        wrapper_class=structlog.stdlib.BoundLogger,
        context_class=dict,
        cache_logger_on_first_use=True,
    )
    return logger


def take(handler: logging.Handler) -> Callable[[], None]:
    """Give `handler` the program's lines from its level on, whatever level others want; what is returned ends it."""
    root, own = logging.getLogger(), logging.getLogger("protogen")
    before = own.level
    root.addHandler(handler)
    own.setLevel(min(own.level or handler.level, handler.level))

    def end() -> None:
        if handler in root.handlers:
            root.removeHandler(handler)
            own.setLevel(before)

    return end


__all__ = ["Logger", "bind", "error_kind", "get_logger", "take", "unbind_all"]

"""The one error of what people send: an HTTP status and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """A request that is not granted. `sentence` may be shown to anybody; `headers` go with the answer.

    `field` is the one of the form that it is about (`description`, `voice`, `files`), where it is about one.
    """

    def __init__(
        self, status: int, sentence: str, headers: Mapping[str, str] | None = None, field: str = ""
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = dict(headers or {})
        self.field = field

"""The providers of the settings in their order, each behind a circuit breaker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from pybreaker import (
    STATE_CLOSED,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitBreakerState,
    CircuitMemoryStorage,
)

from protogen.config import Settings
from protogen.config_llm import BreakerSettings, ProviderSettings
from protogen.llm.client import Answer, Client, Question, TooLate, Unavailable
from protogen.llm.provider import Provider, provider_for
from protogen.logs import error_kind, get_logger

log = get_logger(__name__)

Listener = Callable[[str, str], None]
"""Hears of a provider's name and its new state: `closed`, `open` or `half-open`."""

SETTLED = ("switched-off", "no-address", "bad-key")  # a matter of the settings, which no rest mends


class Guarded:
    """A provider behind its circuit breaker (https://martinfowler.com/bliki/CircuitBreaker.html).

    After `llm.breaker.failures` failures in a row it is left alone for `llm.breaker.seconds`; then one question tries
    it again. An answer of no use is the model's fault and counts for nothing here.
    """

    def __init__(
        self,
        name: str,
        provider: Provider,
        client: Client,
        part: ProviderSettings,
        breaker: BreakerSettings,
        listener: Listener,
    ) -> None:
        self.name = name
        self.provider = provider
        self.part = part
        self._client = client
        self._breaker = CircuitBreaker(
            breaker.failures,
            breaker.seconds,
            exclude=[_is_no_failure],
            listeners=[_Told(listener)],
            state_storage=_Memory(STATE_CLOSED),
            name=name,
            throw_new_error_on_trip=False,  # what failed is told, also by the failure that opens it
        )

    @property
    def state(self) -> str:
        """`closed` (it is asked), `open` (it is left alone) or `half-open` (it is being tried)."""
        return str(self._breaker.current_state)

    def fault(self) -> str:
        """Why it is of no use just now, empty where it would be asked and answers. No question is asked."""
        return (
            f"{self.name} has failed again and again; it rests."
            if self.state == "open"
            else self.provider.fault()
        )

    def ask(self, role: str, question: Question, seconds: float, cancelled: Callable[[], bool]) -> Answer:
        """An answer within `seconds`. Raises Unavailable, BadAnswer, TooLate or Cancelled."""
        end = time.monotonic() + seconds

        def once() -> Answer:
            endpoint = self.provider.endpoint(role)
            return self._client.chat(endpoint, question, end - time.monotonic(), cancelled)

        try:
            return self._breaker.call(once)
        except CircuitBreakerError:
            raise Unavailable("breaker-open", f"{self.name} has failed again and again; it rests.") from None

    def stop(self) -> None:
        """End what it owns: connections, threads, a process."""
        self.provider.stop()
        self._client.close()


class Providers:
    """The providers of the settings, `all` of them in the order in which they are asked."""

    def __init__(self, settings: Settings) -> None:
        self._listeners: list[Listener] = []
        self.all = tuple(self._guarded(settings))

    def _guarded(self, settings: Settings) -> Iterator[Guarded]:
        names: list[str] = []
        for part in settings.llm.chain:
            client = Client(settings.llm.patience)
            provider = provider_for(settings, part, client)
            names.append(provider.name)
            count = names.count(provider.name)
            name = provider.name if count == 1 else f"{provider.name}-{count}"
            yield Guarded(name, provider, client, part, settings.llm.breaker, self._changed)

    def listen(self, listener: Listener) -> None:
        """Let `listener` hear of every change of a breaker's state."""
        self._listeners.append(listener)

    def _changed(self, name: str, state: str) -> None:
        log.warning("provider-changed", provider=name, state=state)
        for listener in self._listeners:
            listener(name, state)

    def start(self) -> None:
        """Start all; where one of several cannot be, the others stand in. Raises what the only one raises."""
        for each in self.all:
            try:
                each.provider.start()
            except Exception as error:
                if len(self.all) == 1:
                    raise
                log.warning("provider-unstarted", provider=each.name, error=error_kind(error))

    def fault(self) -> str:
        """Why nobody can be asked just now, empty while one can."""
        faults: list[str] = []
        for each in self.all:
            if not (what := each.fault()):
                return ""
            faults.append(what)
        return f"No provider of a model answers. {' '.join(faults)}"

    def stop(self) -> None:
        """Stop all; what they own is gone when this returns."""
        for each in self.all:
            each.stop()


class _Told(CircuitBreakerListener):
    """Passes on what a breaker does."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def state_change(
        self, cb: CircuitBreaker, old_state: CircuitBreakerState | None, new_state: CircuitBreakerState
    ) -> None:
        self._listener(str(cb.name), new_state.name)


class _Memory(CircuitMemoryStorage):
    """A breaker's memory on a clock that nobody sets: else one set back a day would keep it open for a day."""

    _opened: float | None = None

    @property
    def opened_at(self) -> datetime | None:
        """When the breaker opened, on the wall clock as it is now."""
        if self._opened is None:
            return None
        return datetime.now(UTC) - timedelta(seconds=time.monotonic() - self._opened)

    @opened_at.setter
    def opened_at(self, value: datetime | None) -> None:
        self._opened = None if value is None else time.monotonic()


def _is_no_failure(error: BaseException) -> bool:
    settled = isinstance(error, Unavailable) and error.code in SETTLED
    return settled or not isinstance(error, Unavailable | TooLate)

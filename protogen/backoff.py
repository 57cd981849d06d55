"""How often and how long after one another something is tried: exponential backoff with jitter."""

from __future__ import annotations

from pydantic import Field

from protogen.config_llm import Part

LONGEST_DELAY = 7 * 86_400.0


class RetrySettings(Part):
    """Attempts at a job."""

    attempts: int = Field(3, ge=1, le=20, description="attempts before a job is failed")
    first_delay: float = Field(60.0, ge=0, le=86_400, description="seconds before the second attempt")
    factor: float = Field(2.0, ge=1, le=10, description="each further delay is this many times the last")
    jitter: float = Field(0.2, ge=0, le=1, description="share of the delay that is random")


def retry_delay(retry: RetrySettings, attempt: int, chance: float) -> float:
    """Seconds until the next attempt after the `attempt`-th: exponential, with jitter from `chance` in [0, 1)."""
    delay = retry.first_delay * retry.factor ** (attempt - 1) * (1 + retry.jitter * chance)
    return min(delay, LONGEST_DELAY)

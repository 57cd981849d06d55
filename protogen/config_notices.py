"""Settings of notices and alerts: who hears of what, by which way, and when."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from protogen.backoff import RetrySettings
from protogen.config_llm import Part

CONTACT = "{contact}"
Kind = Literal["confirmation", "started", "progress", "completed", "failed", "expiring"]


class ContactSettings(Part):
    """An apprise URL for each type of contact, with {contact} where the customer's address belongs."""

    email: str = Field(
        "", description="e.g. mailtos://${SMTP_USER}:${SMTP_PASSWORD}@mail.example.com?to={contact}"
    )
    phone: str = Field("", description="text messages, by any service that apprise knows")
    telegram: str = Field("", description="e.g. tgram://${TELEGRAM_TOKEN}/{contact}")
    whatsapp: str = Field("", description="as for phone")
    linkedin: str = Field("", description="apprise has no LinkedIn; a service of one's own may")

    @field_validator("*")
    @classmethod
    def _a_template(cls, value: str) -> str:
        if not value:
            return value
        _checked(value)
        if CONTACT not in value:
            raise ValueError(f"must say {CONTACT} where the customer's address belongs")
        parts = urlsplit(value)
        if CONTACT in parts.scheme + parts.netloc:
            raise ValueError(f"must have {CONTACT} behind the host: a customer names no server")
        return value


class StatexSettings(Part):
    """StateX's notification service."""

    base_url: str = Field("", description="its root, without /api; empty leaves it alone")
    seconds: float = Field(10.0, gt=0, le=300, description="seconds that an answer may take")

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise ValueError("must be an address such as http://127.0.0.1:8005")
        return value.rstrip("/")


class NoticeRetrySettings(RetrySettings):
    """Attempts at delivering a notice."""

    attempts: int = Field(8, ge=1, le=20, description="attempts before a notice is put aside and reported")
    first_delay: float = Field(10.0, ge=0, le=86_400, description="seconds before the second attempt")
    factor: float = Field(3.0, ge=1, le=10, description="each further delay is this many times the last")


class WebhookSettings(Part):
    """A program that is told of the end of every job."""

    url: str = Field("", description="where; empty tells nobody")
    secret_env: str = Field(
        "PROTOGEN_WEBHOOK_SECRET",
        description="name of the environment variable that holds the key of the signature",
    )
    seconds: float = Field(10.0, gt=0, le=300, description="for an answer")

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(f"must be an address such as https://example.com/hook, not {value!r}")
        return value


class NoticeSettings(Part):
    """Notices: to customers, and to the operator. Without a way named here, none is sent."""

    events: tuple[Kind, ...] = Field(
        ("confirmation", "completed", "failed", "expiring"),
        description="what customers are told of: confirmation, started, progress, completed, failed, expiring",
    )
    expiring_days: int = Field(3, ge=1, le=365, description="days before its expiry a site's owner is told")
    customer: ContactSettings = ContactSettings()
    statex: StatexSettings = StatexSettings()
    operator: tuple[str, ...] = Field((), description="apprise URLs that alerts go to")
    retry: NoticeRetrySettings = NoticeRetrySettings()

    @field_validator("operator")
    @classmethod
    def _urls(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            _checked(value)
        return values


class AlertSettings(Part):
    """When the operator is alerted. What happens at once (a job failed, a breaker opened) needs no setting."""

    queue_minutes: float = Field(15.0, gt=0, description="minutes that the oldest request may wait")
    success_rate: float = Field(
        0.95, ge=0, le=1, description="share of the last hour's jobs that must succeed"
    )
    success_jobs: int = Field(5, ge=1, description="fewer jobs in the hour say nothing of a rate")
    repeat_hours: float = Field(24.0, ge=0, description="a trouble that lasts is told again; 0: never")


def _checked(url: str) -> None:
    """Refuse what is no URL, without repeating it: it may hold a key."""
    scheme, found, rest = url.partition("://")
    if not found or not scheme.isalnum() or not rest:
        raise ValueError("must be an apprise URL such as mailtos://user:${SMTP_PASSWORD}@mail.example.com")

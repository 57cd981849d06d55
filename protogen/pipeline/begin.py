"""What a run begins with: the draft of a request, and the writer bound to its deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from protogen.config import Settings
from protogen.draft import Draft
from protogen.intake.attachments import Request
from protogen.job import now
from protogen.llm.providers import Providers
from protogen.llm.writer import Speeds, Writer

AI_SHARE_OF_TIMEOUT = 0.8  # no more of the timeout goes to the model, so that a page comes in good time


def begin_draft(
    settings: Settings,
    request: Request,
    seed: int,
    project_id: str = "",
    expires_at: datetime | None = None,
) -> Draft:
    """The draft before its first stage; an empty `project_id` is chosen with the brief.

    `expires_at` is that of the site which this one is a new version of: a version does not extend it.
    """
    created = now()
    return Draft(
        submission=request.submission,
        pictures=request.pictures,
        documents=request.documents,
        seed=seed,
        created_at=created,
        expires_at=expires_at or created + timedelta(days=settings.expiry_days),
        project_id=project_id,
        url=settings.site_url("{project_id}"),
    )


def begin_writer(
    settings: Settings,
    providers: Providers,
    seed: int,
    deadline: float,
    cancelled: Callable[[], bool],
    speeds: Speeds | None = None,
) -> Writer:
    """The writer of one run. `deadline` is in monotonic seconds; `seed` counts where the settings name none."""
    return Writer(
        providers=providers,
        deadline=deadline,
        seed=settings.llm.seed or seed,
        speeds=speeds or Speeds(),
        cancelled=cancelled,
    )

"""The pipeline alone: a submission becomes a folder, without ledger and publishing."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

from protogen.config import ConfigError, Settings
from protogen.files import write_tree
from protogen.hooks import Hook, Hooks
from protogen.intake.attachments import read_request
from protogen.intake.parse import parse_drop
from protogen.job import PROJECT_ID, RESERVED_PROJECT_IDS
from protogen.llm.providers import Providers
from protogen.pipeline.begin import AI_SHARE_OF_TIMEOUT, begin_draft, begin_writer
from protogen.pipeline.report import metadata, to_json
from protogen.pipeline.runner import run

NO_DEADLINE = 86_400.0


def generate(
    settings: Settings,
    submission: Path,
    output: Path,
    hook: Hook,
    stopping: threading.Event,
    *,
    seed: int | None = None,
    project_id: str = "",
    deadline: bool = True,
) -> dict[str, Any]:
    """Write the site of a drop to the new or empty folder `output`; gives its metadata.

    Raises Rejected for a drop that cannot be used, ConfigError for a folder or id that cannot,
    WeightsError or ServerError where the embedded model cannot be started, Cancelled when `stopping` is set,
    RefusedError if the site does not pass its checks.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ConfigError(f"{output} is not empty; name a new folder.")
    if project_id and (not PROJECT_ID.fullmatch(project_id) or project_id in RESERVED_PROJECT_IDS):
        taken = " that is not reserved" if project_id in RESERVED_PROJECT_IDS else ""
        raise ConfigError(
            f"{project_id!r} is no project id: use lower-case letters, digits and hyphens{taken}."
        )
    submitted = parse_drop(submission, settings.intake)
    hooks = Hooks([hook])
    providers = Providers(settings)
    try:
        providers.start()
        begin = time.monotonic()
        request = read_request(submitted, settings.voice, hooks, cancelled=stopping.is_set)
        draft = begin_draft(settings, request, random.getrandbits(32) if seed is None else seed, project_id)
        seconds = settings.generation_timeout * AI_SHARE_OF_TIMEOUT if deadline else NO_DEADLINE
        writer = begin_writer(settings, providers, draft.seed, begin + seconds, stopping.is_set)
        *_, draft = run(draft, writer, hooks)
    finally:
        providers.stop()
    assert draft.site is not None
    about = metadata(draft, time.monotonic() - begin)
    if output.exists():
        output.rmdir()
    write_tree(output, {**draft.site.files, "metadata.json": to_json(about)})
    return about

"""What the API answers with. Times are ISO 8601 in UTC, sizes bytes, `progress` a percentage."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Status = Literal["pending", "processing", "completed", "failed", "cancelled", "expired"]


class Submitted(BaseModel):
    """A request was taken; `job_id` is the key to its status from this moment on."""

    success: bool = True
    job_id: str = Field(examples=["5b1c0a52-4f0e-4b52-9a0e-0d3f3c1f7a11"])
    message: str = Field(examples=["Your request is in the queue."])
    estimated_completion_time: str = Field(
        examples=["about 90 seconds"], description="in words, from how long the newest jobs took"
    )


class GeneratedFiles(BaseModel):
    """The website of a completed job."""

    project_id: str
    files: dict[str, str] = Field(description="name of each file -> its path on this host")
    url: str = Field(description="where the website stands")
    content: str = Field(description="the commit of the website in the ledger")


class JobStatus(BaseModel):
    """A job as it stands."""

    job_id: str
    status: Status
    created_at: str
    updated_at: str
    expires_at: str | None = Field(description="when what is kept of it is deleted, once that is known")
    error_message: str | None = Field(description="why it failed or waits, in words for the customer")
    generated_files: GeneratedFiles | None
    progress: int = Field(ge=0, le=100)


class Done(BaseModel):
    """What was asked for is done."""

    success: bool = True
    message: str


class Cleaned(Done):
    """What was forgotten."""

    cleaned: int = Field(ge=0, description="how many jobs")


class Stats(BaseModel):
    """The queue in numbers."""

    total: int
    pending: int
    processing: int
    completed: int
    failed: int
    cancelled: int
    expired: int
    average_generation_time: float | None = Field(description="seconds, of the newest completed jobs")
    estimated_completion_time: str = Field(description="of a request that came now")


class PrototypeAbout(BaseModel):
    """A published website."""

    project_id: str
    title: str
    description: str
    created_at: str | None
    expires_at: str
    file_count: int
    total_size: int


class PrototypeFile(BaseModel):
    """A file of a website."""

    filename: str
    size: int
    type: str = Field(description="its media type")
    path: str = Field(description="where it is on this host")


class Download(BaseModel):
    """Where the zip of a website is."""

    success: bool = True
    download_url: str
    message: str


class GenerateRequest(BaseModel):
    """What the orchestrator before this one sent; `analysis` is a hint, never a fact."""

    requirements: str = Field(min_length=1, max_length=100_000)
    analysis: dict[str, object] | str | None = None
    prototype_type: str = Field("website", max_length=100)
    customization_level: str = Field("", max_length=100)


class QueuedResults(BaseModel):
    """The job that will make the website."""

    job_id: str
    message: str


class Generated(BaseModel):
    """The request is in the queue; ask for its status by `prototype_id`, which is the job id."""

    prototype_id: str
    status: Literal["queued"] = "queued"
    results: QueuedResults
    processing_time: float = Field(description="seconds that this answer took")
    created_at: str

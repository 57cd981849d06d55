"""What a customer says into a microphone, as text that joins what was written.

A number that was heard with little certainty is not printed as a fact: the sentence with it is left out, unless the
written words or the contact have the same number. What is silent, broken or too long costs a note, never the request.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import httpx

from protogen.checks.copy import sentences
from protogen.config import VoiceSettings
from protogen.intake.child import run_child
from protogen.intake.text import one_line
from protogen.intake.whisper import hearing_folder
from protogen.llm.weights import WeightsError
from protogen.submission import Attachment, Submission

TRANSCRIPTS = "transcripts.json"
SURE = 0.6
"""Probability of a word with digits below which it is not believed."""
SURE_SENTENCE = 0.7
"""Mean probability of a sentence's words below which it is not used: what is misheard so reads as broken language."""
SPOKEN = 0.6
"""Probability of silence above which a segment is none of a voice."""
_DIGITS = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard of one recording.

    `unsure` are numbers that were not believed, `doubtful` sentences that are not used since they were heard badly;
    `note` says why nothing, or not all, was heard.
    """

    name: str
    text: str = ""
    language: str = ""
    seconds: float = 0.0
    unsure: tuple[str, ...] = ()
    note: str = ""
    doubtful: tuple[str, ...] = ()


def hear(
    submission: Submission, settings: VoiceSettings, cancelled: Callable[[], bool] = lambda: False
) -> tuple[Transcript, ...]:
    """A transcript of each recording, within the time for all of them. Raises Cancelled."""
    end = time.monotonic() + settings.work_seconds
    return tuple(_heard(voice, settings, end - time.monotonic(), cancelled) for voice in submission.voice)


def with_voice(submission: Submission, transcripts: Iterable[Transcript]) -> Submission:
    """The submission with what was said behind what was written, and notes on what was not heard or believed."""
    told, notes = [submission.description.rstrip()], []
    for each in transcripts:
        known = f"{submission.description}\n{submission.contact_value}"
        told.append(_believed(each, known))
        notes += [each.note] if each.note else []
        notes += [f"{one_line(each.name)}: {number} was heard, but not surely." for number in each.unsure]
    return replace(
        submission,
        description="\n\n".join(filter(None, told)),
        notes=(*submission.notes, *notes),
    )


def transcripts_json(transcripts: Iterable[Transcript]) -> bytes:
    """Transcripts as a file of the submission."""
    return json.dumps([asdict(each) for each in transcripts], ensure_ascii=False, indent=1).encode()


def read_transcripts(data: bytes) -> tuple[Transcript, ...]:
    """The transcripts of such a file."""
    return tuple(
        Transcript(**{**each, "unsure": tuple(each["unsure"]), "doubtful": tuple(each.get("doubtful", ()))})
        for each in json.loads(data)
    )


def _believed(transcript: Transcript, known: str) -> str:
    digits = re.sub(r"\D", "", known)
    doubtful = [number for number in transcript.unsure if re.sub(r"\D", "", number) not in digits]
    kept = (each for each in sentences(transcript.text) if not any(number in each for number in doubtful))
    return " ".join(kept)


def _heard(
    voice: Attachment, settings: VoiceSettings, seconds: float, cancelled: Callable[[], bool]
) -> Transcript:
    name = one_line(voice.name)
    if settings.provider == "none":
        return Transcript(voice.name, note=f"{name} is kept, and was not heard: voice.provider is none.")
    if seconds <= 0:
        return Transcript(voice.name, note=f"{name} is kept, and was not heard: there was no time left.")
    try:
        if settings.provider == "openai":
            told = _by_server(voice, settings, seconds)
        else:
            told = _here(voice, settings, seconds, cancelled)
    except _UnheardError as error:
        return Transcript(voice.name, note=f"{name} is kept, and was not heard: {error}.")
    return _transcript(voice.name, told)


class _UnheardError(Exception):
    """Why a recording was not heard, as a clause."""


def _here(
    voice: Attachment, settings: VoiceSettings, seconds: float, cancelled: Callable[[], bool]
) -> dict[str, object]:
    try:
        folder = hearing_folder()
    except WeightsError:
        folder = None
    if folder is None or importlib.util.find_spec("faster_whisper") is None:
        raise _UnheardError("the model for it is not there, see protogen doctor")
    command = [sys.executable, "-m", "protogen.intake.voice_reader", str(folder), str(settings.audio_seconds)]
    try:
        done = run_child(command, voice.data, seconds, cancelled)
    except subprocess.TimeoutExpired:
        raise _UnheardError("it took too long") from None
    if done.returncode:
        raise _UnheardError("it is damaged or no recording")
    told: dict[str, object] = json.loads(done.stdout)
    return told


def _by_server(voice: Attachment, settings: VoiceSettings, seconds: float) -> dict[str, object]:
    """By an OpenAI-compatible server (https://platform.openai.com/docs/api-reference/audio/createTranscription)."""
    root = settings.base_url.rstrip("/")
    url = f"{root if root.endswith('/v1') else f'{root}/v1'}/audio/transcriptions"
    key = os.environ.get(settings.api_key_env, "") if settings.api_key_env else ""
    data = {"model": settings.model, "response_format": "verbose_json", "timestamp_granularities[]": "word"}
    try:
        answer = httpx.post(
            url,
            data=data,
            files={"file": (voice.name, voice.data)},
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=seconds,
        )
        answer.raise_for_status()
        told = answer.json()
        segments = told.get("segments") or [{"text": told["text"]}]
        return {
            "language": str(told.get("language", "")),
            "seconds": float(told.get("duration", 0.0)),
            "segments": [
                {"text": str(each["text"]).strip(), "silence": each.get("no_speech_prob", 0.0), "words": []}
                for each in segments
            ],
        }
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
        raise _UnheardError("the server that transcribes did not answer as it should") from None


def _transcript(name: str, told: dict[str, object]) -> Transcript:
    segments = [each for each in told.get("segments", ()) if each["silence"] < SPOKEN and each["text"]]  # type: ignore[attr-defined]
    sure = [each for each in segments if _sureness(each["words"]) >= SURE_SENTENCE]
    doubtful = tuple(each["text"] for each in segments if each not in sure)
    text = " ".join(each["text"] for each in sure)
    unsure_numbers = [
        word.strip(".,;:!?")
        for each in sure
        for word, probability in each["words"]
        if _DIGITS.search(word) and probability < SURE
    ]
    seconds, whole = float(str(told.get("seconds", 0))), float(str(told.get("of", told.get("seconds", 0))))
    label = one_line(name)
    notes = []
    if whole > seconds + 1:
        notes.append(f"Of {label} the first {seconds:.0f} of {whole:.0f} seconds were heard.")
    if doubtful:
        count = f"{len(doubtful)} of {len(segments)} sentences"
        notes.append(f"In {label} {count} were not heard well enough to be used.")
    elif not text:
        notes.append(f"{label} is kept: nothing was said in it that could be understood.")
    unsure = tuple(dict.fromkeys(unsure_numbers))
    return Transcript(name, text, str(told.get("language", "")), seconds, unsure, " ".join(notes), doubtful)


def _sureness(words: Sequence[tuple[str, float]]) -> float:
    """The mean probability of words; a server that gives none is believed."""
    return statistics.fmean(probability for _, probability in words) if words else 1.0

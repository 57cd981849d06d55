"""Spoken requests: heard by the real model, doubted where it is not sure, and never in the request's way."""

from __future__ import annotations

import json

import pytest

from protogen.config import VoiceSettings
from protogen.intake import voice
from protogen.intake.voice import Transcript, hear, read_transcripts, transcripts_json, with_voice
from protogen.llm.errors import Cancelled
from protogen.pipeline.report import page_text
from protogen.submission import Attachment, Submission
from tools.bundles import spoken
from tools.drafts import finished
from tools.made_files import SAMPLES_A_SECOND, recording
from tools.model import Wire, status, stub

EMBEDDED = VoiceSettings(work_seconds=250)  # on a machine that does other things as well
SAID = (
    "We are a small bakery in Leeds. Call us on 0 1 1 3, 4 9 6, 0 1 2 3. "
    "We are open from Tuesday to Saturday."
)
GERMAN = (
    "Wir sind eine kleine Bäckerei in Leipzig. Wir backen jeden Morgen frisches Brot und Kuchen. "
    "Wir haben von Dienstag bis Samstag geöffnet."
)


def silence(seconds: float) -> bytes:
    """A recording of nothing."""
    return recording(bytes(2 * int(SAMPLES_A_SECOND * seconds)))


def request(*recordings: bytes, description: str = "", contact: str = "") -> Submission:
    """A submission with these recordings."""
    attachments = tuple(Attachment(f"voice-{n}.webm", data) for n, data in enumerate(recordings))
    job = "11111111-2222-4333-8444-555555555555"
    return Submission(job, description=description, contact_value=contact, voice=attachments)


def test_what_is_said_reaches_the_page() -> None:
    """Heard by the embedded model: the phone that was spoken stands on the page."""
    asked = request(spoken(SAID, "en"))
    (transcript,) = hear(asked, EMBEDDED)
    assert transcript.language == "en"
    # A town in a robot's voice is heard as "leads" by some processors' arithmetic; plain words and numbers by none.
    assert "open from Tuesday to Saturday" in transcript.text
    page = page_text(finished(with_voice(asked, [transcript]))).replace("\u00a0", " ")
    assert "0113" in page.replace("-", " ")
    assert "496" in page


def test_what_is_heard_badly_is_not_used() -> None:
    """A sentence whose words are guesses is for the operator alone; the note counts them."""
    segments = [
        {"text": "We bake bread.", "silence": 0.0, "words": [["We", 0.9], ["bake", 0.8], ["bread.", 0.95]]},
        {
            "text": "Panty past eels.",
            "silence": 0.0,
            "words": [["Panty", 0.3], ["past", 0.6], ["eels.", 0.5]],
        },
    ]
    told = voice._transcript("a.webm", {"language": "en", "seconds": 4.0, "segments": segments})
    assert told.text == "We bake bread."
    assert told.doubtful == ("Panty past eels.",)
    assert "1 of 2 sentences" in told.note
    (again,) = read_transcripts(transcripts_json([told]))
    assert again == told
    assert "eels" not in with_voice(request(b"x"), [told]).description


def test_the_language_is_found() -> None:
    """Of those that requests come in."""
    (transcript,) = hear(request(spoken(GERMAN, "de")), EMBEDDED)
    assert transcript.language == "de"
    assert "Leipzig" in " ".join((transcript.text, *transcript.doubtful))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (silence(3), "nothing was said"),
        (b"no recording at all" * 50, "damaged"),
        (b"RIFF\x24\x00\x00\x00WAVE", "damaged"),
        (b"", "damaged"),
    ],
    ids=["silence", "text", "cut", "empty"],
)
def test_what_cannot_be_heard_is_noted(data: bytes, reason: str) -> None:
    """The rest of the request is as if it were not there."""
    asked = request(data, description="A bakery in Leeds.")
    told = with_voice(asked, hear(asked, EMBEDDED))
    assert told.description == "A bakery in Leeds."
    (note,) = told.notes
    assert reason in note


def test_long_recordings_are_heard_from_their_beginning() -> None:
    """And the note says how much."""
    (transcript,) = hear(request(spoken(SAID, "en")), VoiceSettings(audio_seconds=3, work_seconds=250))
    assert transcript.seconds == 3
    assert "first 3 of" in transcript.note


def test_time_ends() -> None:
    """For one recording, and for all of them together."""
    recording = spoken(SAID, "en")
    first, second = hear(request(recording, recording), VoiceSettings(work_seconds=0.2))
    assert "too long" in first.note
    assert "no time" in second.note


def test_a_stopped_program_hears_no_longer() -> None:
    """The job goes back with its attempt; the child is gone."""
    with pytest.raises(Cancelled):
        hear(request(spoken(SAID, "en")), EMBEDDED, lambda: True)


class TestDoubt:
    """Numbers that were not heard surely."""

    HEARD = Transcript(
        "a.webm", "We are a bakery. Call 0113 496 0199. A loaf is 4 pounds.", "en", 9.0, ("0199",)
    )

    def test_they_are_not_printed(self) -> None:
        """The sentence is left out and noted; the others stand."""
        told = with_voice(request(b""), [self.HEARD])
        assert told.description == "We are a bakery. A loaf is 4 pounds."
        assert told.notes == ("a.webm: 0199 was heard, but not surely.",)

    @pytest.mark.parametrize(
        "known", [{"description": "Our phone: 0113 496 0199."}, {"contact": "+44 113 496 0199"}]
    )
    def test_what_is_written_too_is_believed(self, known: dict[str, str]) -> None:
        """In the request or as the contact."""
        assert "Call 0113 496 0199." in with_voice(request(b"", **known), [self.HEARD]).description


class TestAServer:
    """An OpenAI-compatible one, over a socket."""

    def test_its_words_are_taken(self) -> None:
        """Asked with the recording and the model's name."""
        told = {
            "language": "english",
            "duration": 4.2,
            "segments": [{"text": " A bakery in Leeds.", "no_speech_prob": 0}],
        }
        bodies: list[bytes] = []

        def transcribe(wire: Wire) -> None:
            wire.head(kind="application/json")
            wire.send(json.dumps(told).encode())

        with _raw(transcribe, bodies) as base_url:
            settings = VoiceSettings(provider="openai", base_url=base_url, model="large")
            (transcript,) = hear(request(b"sound"), settings)
        assert transcript == Transcript("voice-0.webm", "A bakery in Leeds.", "english", 4.2)

    @pytest.mark.parametrize("code", [404, 500])
    def test_its_failure_is_a_note(self, code: int) -> None:
        """The request goes on."""
        with stub(status(code)) as server:
            settings = VoiceSettings(provider="openai", base_url=server.base_url)
            (transcript,) = hear(request(b"sound"), settings)
        assert "did not answer" in transcript.note


def test_recordings_may_be_kept_unheard() -> None:
    """As the settings say."""
    (transcript,) = hear(request(b"sound"), VoiceSettings(provider="none"))
    assert "voice.provider is none" in transcript.note


def test_without_the_model_recordings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the note says where to look."""
    monkeypatch.setattr(voice, "hearing_folder", lambda: None)
    (transcript,) = hear(request(b"sound"), EMBEDDED)
    assert "protogen doctor" in transcript.note


def test_transcripts_are_kept_as_a_file() -> None:
    """And read back as they were."""
    transcripts = (TestDoubt.HEARD, Transcript("b.webm", note="nothing"))
    assert read_transcripts(transcripts_json(transcripts)) == transcripts


def _raw(reply: object, bodies: list[bytes]) -> object:
    """A server that takes any body, unlike the stub, which wants JSON."""
    import http.server
    import threading
    from contextlib import contextmanager

    @contextmanager
    def running() -> object:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["content-length"])))
                reply(Wire(self.wfile, threading.Event()))  # type: ignore[operator, arg-type]

            def log_message(self, *_: object) -> None: ...

        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()

    return running()

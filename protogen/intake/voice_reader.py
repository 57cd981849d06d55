"""Hears one recording from standard input: `python -m protogen.intake.voice_reader FOLDER SECONDS`.

Prints JSON: the language, the seconds heard, and each segment with its words and how sure each is. A process of its
own, so that a recording that eats memory or time ends here, and the memory is free before the language model writes.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys

from protogen.pipeline.language import CODES

MOST_CPU_SECONDS = 300
SAMPLES_A_SECOND = 16_000


def main() -> int:
    """Print what was heard; 1 where the recording cannot be decoded."""
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    folder, seconds = sys.argv[1], float(sys.argv[2])
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # threads that spin while they wait keep others off the cores
    from faster_whisper import WhisperModel
    from faster_whisper.audio import decode_audio

    try:
        audio = decode_audio(io.BytesIO(sys.stdin.buffer.read()), sampling_rate=SAMPLES_A_SECOND)
    except Exception:
        return 1
    heard = audio[: int(seconds * SAMPLES_A_SECOND)]
    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)
    language = _language(model.detect_language(heard)[2]) if len(heard) else "en"
    segments, _ = model.transcribe(
        heard, language=language, beam_size=5, word_timestamps=True, vad_filter=True
    )
    told = {
        "language": language,
        "seconds": round(len(heard) / SAMPLES_A_SECOND, 1),
        "of": round(len(audio) / SAMPLES_A_SECOND, 1),
        "segments": [
            {
                "text": segment.text.strip(),
                "silence": round(segment.no_speech_prob, 3),
                "words": [[word.word.strip(), round(word.probability, 3)] for word in segment.words or ()],
            }
            for segment in segments
        ],
    }
    sys.stdout.write(json.dumps(told, ensure_ascii=False))
    return 0


def _language(probabilities: list[tuple[str, float]]) -> str:
    """The likeliest of the languages that requests come in; of all that it knows, the model often takes a rare one."""
    return max((probability, code) for code, probability in probabilities if code.upper() in CODES)[1]


if __name__ == "__main__":
    sys.exit(main())

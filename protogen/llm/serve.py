"""What runs in the model server's process: llama.cpp behind the OpenAI protocol.

`python -m protogen.llm.serve --model FILE` serves until it is stopped; under `EmbeddedServer` it also ends
with its parent. The process holds nothing that needs saving, so every signal may simply kill it.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import ipaddress
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from protogen.llm.cores import usable_cores

KEY_ENV = "PROTOGEN_SERVE_KEY"
"""Name of the environment variable with the key that clients must send (argv is everybody's to read)."""

ADDRESS_PREFIX = "listening on "
"""The one line on stdout, once the model answers, is this and the server's root address."""

EXIT_NO_RUNTIME = 3
"""Exit code: the extra with the model's runtime is not installed, or cannot be loaded."""

_NO_RUNTIME = "The embedded model's runtime is not installed. Run: pip install 'protogen[embedded]'"
_PREFIX_CACHE_MIB = 256
_SPIN_COUNT = "1000"
_WARNINGS = 2
_READ_INTO_MEMORY = 0  # a mapped file would stay mapped beside the copy that is laid out for the processor
_PR_SET_PDEATHSIG = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Serve a GGUF file over HTTP until killed, or return an exit code (2 wrong usage, 3 no runtime)."""
    options = _parser().parse_args(argv)
    key = os.environ.pop(KEY_ENV, "")
    if options.parent:
        _die_with(options.parent)
    if not key and not _is_loopback(options.host):
        return _fail(f"Serving {options.host} without a key lets anyone use it. Set {KEY_ENV} to one.", 2)
    if not options.model.is_file():
        return _fail(f"There is no model at {options.model}. Run `protogen model fetch`.", 2)
    if importlib.util.find_spec("xllamacpp") is None:
        return _fail(_NO_RUNTIME, EXIT_NO_RUNTIME)
    # Python's handlers would wait for the interpreter, which a model that loads or computes may hold.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    say = _own_stdout()
    try:
        server = _serve(options, key)
    except ImportError as error:
        return _fail(
            f"The embedded model's runtime cannot be loaded ({error}). Run: {mend(str(error))}",
            EXIT_NO_RUNTIME,
        )
    except RuntimeError:  # its own words are in the log, the exception's say nothing
        where = f"{options.host}, port {options.port}" if options.port else options.host
        return _fail(f"{options.model} cannot be loaded, or {where} is taken; the lines above say which.", 1)
    print(f"{ADDRESS_PREFIX}{server.listening_address}", file=say, flush=True)
    while True:
        signal.pause()


def mend(error: str) -> str:
    """The command for a runtime that is installed and cannot be loaded: its wheel leaves OpenMP to the system."""
    return (
        "apt-get install libgomp1"
        if "libgomp" in error
        else "pip install --force-reinstall xllamacpp, or name another server under llm"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="protogen model serve", description="Serve the embedded model.")
    parser.add_argument("--model", type=Path, required=True, help="the GGUF file")
    parser.add_argument("--name", default="", help="the model's name for clients (the file's by default)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--context", type=int, default=8192, help="tokens of context")
    parser.add_argument("--threads", type=int, default=0, help="0 takes every usable core")
    parser.add_argument("--parent", type=int, default=0, help="end with this process; stdin is its pipe")
    return parser


def _fail(message: str, code: int) -> int:
    print(message, file=sys.stderr, flush=True)
    return code


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _die_with(parent: int) -> None:
    """End when the process `parent` does, even if it is killed and this one is busy in the model's code.

    Two strings: the end of stdin, a pipe that only the parent holds, and the kernel's parent-death signal
    (prctl(2), Linux), which needs no thread of this process to run but is also sent when only the THREAD ends
    that made this process. EmbeddedServer keeps that thread for as long as the child lives.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it was gone before the line above
        os._exit(0)
    threading.Thread(target=_exit_at_end_of_stdin, name="parent", daemon=True).start()


def _exit_at_end_of_stdin() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _own_stdout() -> Any:
    """The real stdout for the address alone; what the model's code prints goes to stderr."""
    say = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return say


def _serve(options: argparse.Namespace, key: str) -> Any:
    """The running server: docs/model.md says what each choice here was measured to give."""
    # Two threads meet some hundred times a token. By default the first one there spins for milliseconds, so
    # that any other busy process costs nine tenths of the speed; read by libgomp when it is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", _SPIN_COUNT)
    import xllamacpp  # heavy, and optional

    params = xllamacpp.CommonParams()
    params.model.path = str(options.model)
    params.model_alias = {options.name or options.model.stem}
    params.hostnames = [options.host]
    params.port = options.port
    params.api_keys = [key] if key else []
    params.ui = False
    params.cors_origins = ""  # no web page may ask, a prototype at a name under localhost least of all
    params.endpoint_slots = False  # it shows what is being asked
    params.verbosity = _WARNINGS
    params.load_mode = _READ_INTO_MEMORY
    params.n_ctx = options.context
    # Two requests at once are no faster than one after the other, and each would get half the context.
    params.n_parallel = 1
    threads = options.threads or usable_cores()
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = _PREFIX_CACHE_MIB
    return xllamacpp.Server(params)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m protogen` is `protogen`."""

from __future__ import annotations

from protogen.cli import main

main()

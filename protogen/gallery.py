"""The kit's gallery: every kind of section in every variant and direction, made as customers' sites are made.

A static folder: `index.html` leads to a folder a direction, which holds one whole page and one page a kind and filling.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from protogen.draft import Behaviour, Brief, Copy, Draft, Page, Section
from protogen.files import FileError
from protogen.site.directions import DIRECTIONS
from protogen.site.fillings import FILLINGS, MOST, filled
from protogen.site.kit import KINDS, MODULES
from protogen.site.paths import TEMPLATES
from protogen.site.render import render, render_page
from protogen.site.theme import build_theme
from protogen.submission import Submission

# One motif a direction, so that their pictures differ as their customers' do.
MOTIFS = {
    "editorial": "vessels", "swiss": "bars", "craft": "loaf", "clinic": "pulse", "workshop": "pipes",
    "boutique": "stitches", "market": "blocks", "tech": "traces", "civic": "houses", "festival": "confetti",
    "garden": "leaves", "portfolio": "aperture",
}  # fmt: skip
_MADE, _KEPT = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC)


def write_gallery(folder: Path) -> int:
    """Write the whole gallery into a new or empty folder; the number of its files.

    Raises FileError where the folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileError(f"{folder} is not empty; name a new folder for the gallery.")
    count = 0
    for name, data in gallery_files():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        count += 1
    return count


def gallery_files() -> Iterator[tuple[str, bytes]]:
    """Every file as (relative POSIX path, bytes)."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
    index = environment.get_template("gallery.html.j2")
    yield (
        "index.html",
        index.render(
            directions=list(DIRECTIONS.values()), kinds=list(KINDS.values()), fillings=FILLINGS
        ).encode(),
    )
    for direction in DIRECTIONS:
        for name, data in direction_files(direction):
            yield f"{direction}/{name}", data


def direction_files(
    direction: str, shown: Mapping[str, Sequence[tuple[str, str, str]]] | None = None, most: int = MOST
) -> Iterator[tuple[str, bytes]]:
    """The files of one direction: `index.html` with every kind once, and the pages `shown` by their names.

    A page is a list of (kind, variant, filling). Left out, it is a page a kind and filling, in every variant.
    """
    pages = all_pages() if shown is None else shown
    yield "assets/files/care.txt", b"Oil the chain once a month.\n"
    whole = specimen(direction, [(kind, "", "example") for kind in KINDS if kind != "detail"])
    yield from render(whole).files.items()
    for name, parts in pages.items():
        yield f"{name}.html", render_page(specimen(direction, parts, most)).encode()


def all_pages() -> dict[str, list[tuple[str, str, str]]]:
    """A page a kind and filling (`hero-limit`): the kind's variants, one below the other."""
    return {
        f"{kind.name}-{filling}": [(kind.name, variant, filling) for variant in kind.variants]
        for kind in KINDS.values()
        for filling in FILLINGS
    }


def specimen(direction: str, parts: Sequence[tuple[str, str, str]], most: int = MOST) -> Draft:
    """A finished draft of a page with these sections, each (kind, variant, filling); lists of at most `most`."""
    sections = [
        Section(f"{kind}-{n}", kind, variant, filled(kind, filling, most))
        for n, (kind, variant, filling) in enumerate(parts)
    ]
    name = direction.capitalize()
    return Draft(
        Submission(job_id="gallery"),
        seed=list(DIRECTIONS).index(direction),
        created_at=_MADE,
        expires_at=_KEPT,
        project_id=f"gallery-{direction}",
        brief=Brief(name=name, trade="", language="en"),
        page=Page(tuple(sections)),
        theme=build_theme(direction, [], "auto", MOTIFS[direction], 0),
        behaviour=Behaviour(MODULES),
        copy=Copy(title=name, description=DIRECTIONS[direction].about, tagline=DIRECTIONS[direction].about),
    )


def gallery_server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of the folder on loopback; port 0 takes a free one."""
    return http.server.ThreadingHTTPServer(
        ("127.0.0.1", port), functools.partial(_Quiet, directory=str(folder))
    )


def serve_gallery(folder: Path, port: int, ready: Callable[[str], None]) -> None:
    """Serve the folder until Ctrl-C; `ready` is told the address."""
    with gallery_server(folder, port) as server, contextlib.suppress(KeyboardInterrupt):
        ready(f"http://127.0.0.1:{server.server_port}/")
        server.serve_forever()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...

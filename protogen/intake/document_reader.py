"""Reads one document from standard input and prints its text: `python -m protogen.intake.document_reader pdf`.

A process of its own, so that a document that eats memory or time ends here. Rows of tables become lines such as
`Rye bread – 80 Kč`, with the currency of the column's heading where the cells have only numbers.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence

from protogen.checks.prices import CURRENCIES
from protogen.intake.child import UnreadableError, answer

MOST_MEMORY = 1_500_000_000
MOST_CPU_SECONDS = 20
MOST_UNPACKED = 150_000_000
MOST_PAGES, MOST_ROWS = 60, 2_000
MOST_CHARACTERS = 200_000


def main() -> int:
    """Print the text of a document of the kind that the first argument names."""
    return answer(lambda data: _lines(READERS[sys.argv[1]](data)), MOST_MEMORY, MOST_CPU_SECONDS)


def _lines(lines: Iterable[str]) -> Iterator[bytes]:
    room = MOST_CHARACTERS
    for line in lines:
        text = " ".join(line.split()) if line.strip() else ""
        yield f"{text[:room]}\n".encode("utf-8", "replace")
        room -= len(text) + 1
        if room <= 0:
            return


def _pdf(data: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError("it is locked with a password")
    for page in reader.pages[:MOST_PAGES]:
        yield from page.extract_text().splitlines()
        yield ""


def _docx(data: bytes) -> Iterator[str]:
    from docx import Document
    from docx.table import Table

    document = Document(_unpackable(data))
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from _rows([cell.text for cell in row.cells] for row in block.rows)
        else:
            yield block.text


def _xlsx(data: bytes) -> Iterator[str]:
    from openpyxl import load_workbook

    book = load_workbook(_unpackable(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=20, values_only=True)
        yield from _rows([_cell(value) for value in row] for row in rows)
        yield ""


def _pptx(data: bytes) -> Iterator[str]:
    from pptx import Presentation

    for slide in list(Presentation(_unpackable(data)).slides)[:MOST_PAGES]:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield from shape.text_frame.text.splitlines()
            if shape.has_table:
                yield from _rows([cell.text for cell in row.cells] for row in shape.table.rows)
        yield ""


READERS: dict[str, Callable[[bytes], Iterable[str]]] = {
    "pdf": _pdf,
    "docx": _docx,
    "xlsx": _xlsx,
    "pptx": _pptx,
}


def _unpackable(data: bytes) -> io.BytesIO:
    """The bytes, if all that is packed in them is of a size that can be unpacked."""
    stream = io.BytesIO(data)
    if sum(entry.file_size for entry in zipfile.ZipFile(stream).infolist()) > MOST_UNPACKED:
        raise UnreadableError("it unpacks to far more than a document")
    return stream


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _rows(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A line a row; a first row without numbers is the heading, and lends its currencies to numbers below it."""
    heading: Sequence[str] | None = None
    for number, row in enumerate(rows):
        cells = [" ".join(cell.split()) for cell in row]
        if number == 0 and any(cells) and not any(letter.isdigit() for cell in cells for letter in cell):
            heading = [_currency(cell) for cell in cells]
            continue
        named = [
            f"{cell} {heading[n]}"
            if heading and n < len(heading) and heading[n] and _is_number(cell)
            else cell
            for n, cell in enumerate(cells)
        ]
        yield " – ".join(dict.fromkeys(cell for cell in named if cell))


def _currency(cell: str) -> str:
    """The currency that a heading such as `Price (Kč)` names, as it is written there."""
    words = cell.replace("(", " ").replace(")", " ").replace("/", " ").split()
    return next((word for word in words if word.casefold() in CURRENCIES), "")


def _is_number(cell: str) -> bool:
    return bool(cell) and cell.replace(" ", "").replace(".", "", 1).replace(",", "", 1).isdigit()


if __name__ == "__main__":
    sys.exit(main())

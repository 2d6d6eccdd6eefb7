"""PDF to Markdown that knows its pages: pdfplumber reads letters and ruled tables, `pdf_layout`
puts them in reading order, `pdf_text` writes them down.
"""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from ingest.document import Source
from ingest.errors import UnreadableDocument
from ingest.pdf_items import Grid, Page, Segment
from ingest.pdf_layout import arrange
from ingest.pdf_text import compose

if TYPE_CHECKING:
    from pdfplumber.page import Page as PdfPage

_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_SIGNS = re.compile(r"dingbat|wingding|webding", re.IGNORECASE)  # fonts of pictures
_MONO = re.compile(r"mono|courier|consolas|menlo|typewriter|cmtt", re.IGNORECASE)
_UNMAPPED = re.compile(r"\(cid:\d+\)")  # a letter whose font does not say which it is
_UNKNOWN = "\ufffd"  # what stands for it
_UNMAPPED_MOST = 0.1  # of the letters; with more, what is left is no text
_MARKER = re.compile(r"[•◦▪●○■□‣⁃*·–—-]|[\uf0a7\uf0b7\uf0d8]|\(?(?:\d{1,3}|[a-zA-Z])[.)]")
# A gap wider than this share of the letters' size may divide columns; a blank is a quarter.
_GAP = 0.9
_TIGHT = 0.12
_INDENT = 0.5
_BASELINE = 0.25  # of the letters' size; words of a line may stand so much higher or lower

_Word: TypeAlias = dict[str, Any]  # as pdfplumber gives it


def read_pdf(raw: bytes) -> Source:
    """The text of a PDF as Markdown, and where its pages begin.

    Raises:
        UnreadableDocument: it is damaged or encrypted, or holds pictures of text but no text.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect, PDFTextExtractionNotAllowed
    from pdfplumber.utils.exceptions import PdfminerException

    if b"%PDF-" not in raw[:1024]:
        raise UnreadableDocument("is not a PDF file; check what it really is")
    try:
        with _quiet(), pdfplumber.open(io.BytesIO(raw)) as pdf:
            pages = [_page(page) for page in pdf.pages]
    except PdfminerException as error:
        cause = error.args[0] if error.args else error
        if isinstance(cause, PDFPasswordIncorrect | PDFTextExtractionNotAllowed):
            raise UnreadableDocument(
                "is encrypted; open it with its password and save it without one"
            ) from error
        raise UnreadableDocument(
            f"is damaged ({type(cause).__name__}); open it in a PDF viewer and save it again"
        ) from error
    _check(pages)
    return compose(arrange(pages), len(pages))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without pdfminer's remarks on how other programs write PDF."""
    log = logging.getLogger("pdfminer")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def _check(pages: list[Page]) -> None:
    text = "".join(segment.text for page in pages for segment in page.segments)
    rows = [row for page in pages for grid in page.grids for row in grid.rows]
    text += "".join(cell for row in rows for cell in row)
    unmapped = text.count(_UNKNOWN)
    letters = len(re.findall(r"\w", text))
    if not letters and not unmapped:
        raise UnreadableDocument(
            f"holds no text on its {len(pages)} pages, only pictures; run OCR first, for example "
            "with: ocrmypdf in.pdf out.pdf"
        )
    if unmapped > _UNMAPPED_MOST * (letters + unmapped):
        raise UnreadableDocument(
            "holds letters that its fonts do not name; run OCR, for example with: "
            "ocrmypdf --force-ocr in.pdf out.pdf"
        )


def _page(page: "PdfPage") -> Page:
    upright = page.filter(lambda part: part.get("upright", True))
    tables = [table for table in upright.find_tables() if _is_table(table)]
    words = upright.extract_words(
        x_tolerance_ratio=_TIGHT, extra_attrs=["fontname", "size"], keep_blank_chars=False
    )
    number = page.page_number
    grids = tuple(
        Grid(number, *_box(table.bbox), tuple(_cells(row) for row in table.extract()))
        for table in tables
    )
    for word in words:
        if _UNMAPPED.fullmatch(word["text"]) or _is_picture(word):  # as good as always a bullet
            word["text"] = "•"
    outside = [word for word in words if not any(_inside(word, grid) for grid in grids)]
    segments = tuple(_segment(number, run) for row in _rows(outside) for run in _runs(row))
    page.close()
    return Page(number, float(page.height), segments, grids)


def _is_table(table: Any) -> bool:
    """Whether a grid of lines is a table and not a frame around text."""
    rows = [[cell for cell in row if cell and cell.strip()] for row in table.extract()]
    return sum(len(row) > 1 for row in rows) > 1


def _box(bbox: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x0, top, x1, bottom = bbox
    return float(x0), float(x1), float(top), float(bottom)


def _cells(row: list[str | None]) -> tuple[str, ...]:
    return tuple(" ".join((cell or "").split()) for cell in row)


def _is_picture(word: _Word) -> bool:
    return len(word["text"]) == 1 and _SIGNS.search(word["fontname"]) is not None


def _inside(word: _Word, grid: Grid) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(grid.x0 <= x <= grid.x1 and grid.top <= y <= grid.bottom)


def _rows(words: list[_Word]) -> list[list[_Word]]:
    """Words that stand on one line of the page, from left to right."""
    raised = _raised(words)
    apart = {id(word) for word in raised.values()}
    rows: list[list[_Word]] = []
    for word in sorted(words, key=lambda word: (word["bottom"], word["x0"])):
        if id(word) in apart:
            continue
        if not rows or word["bottom"] - rows[-1][0]["bottom"] > _BASELINE * word["size"]:
            rows.append([])
        rows[-1] += [word, raised[id(word)]] if id(word) in raised else [word]
    return [sorted(row, key=lambda word: float(word["x0"])) for row in rows]


def _raised(words: list[_Word]) -> dict[int, _Word]:
    """Small figures raised behind a word, by the id of that word."""
    usual = max((word["size"] for word in words), default=0.0)
    small = [word for word in words if word["size"] < usual and word["text"].isdigit()]
    found = {}
    for figure in small:
        for word in words:
            touches = abs(figure["x0"] - word["x1"]) < _TIGHT * word["size"]
            if touches and _is_raised(word, figure):
                found[id(word)] = figure
    return found


def _runs(row: list[_Word]) -> Iterator[list[_Word]]:
    """A line of the page cut where a gap may divide columns; a list's marker stays with its
    item."""
    run = row[:1]
    if _is_letter_bullet(row):
        row[0]["text"] = "◦"
    for word in row[1:]:
        gap = word["x0"] - run[-1]["x1"]
        if gap > _GAP * max(word["size"], run[-1]["size"]) and not _is_marker(run):
            yield run
            run = []
        run.append(word)
    yield run


def _is_letter_bullet(row: list[_Word]) -> bool:
    """Whether a line begins with the letter o that Word draws as a hollow bullet."""
    if len(row) < 2 or row[0]["text"] != "o":
        return False
    return bool(row[1]["x0"] - row[0]["x1"] > _INDENT * row[0]["size"])


def _is_marker(run: list[_Word]) -> bool:
    return len(run) == 1 and _MARKER.fullmatch(run[0]["text"]) is not None


def _segment(page: int, run: list[_Word]) -> Segment:
    sizes = {
        size: sum(len(word["text"]) for word in words)
        for size, words in groupby(
            sorted(run, key=lambda word: word["size"]), key=lambda word: round(word["size"] * 2) / 2
        )
    }
    letters = [word for word in run if re.search(r"\w", word["text"])] or run
    return Segment(
        page=page,
        x0=float(run[0]["x0"]),
        x1=float(run[-1]["x1"]),
        top=float(min(word["top"] for word in letters)),
        bottom=float(max(word["bottom"] for word in letters)),
        text=_text(run),
        size=float(max(sizes, key=lambda size: sizes[size])),
        bold=all(_BOLD.search(word["fontname"]) for word in letters),
        mono=all(_MONO.search(word["fontname"]) for word in letters),
    )


def _text(run: list[_Word]) -> str:
    text = run[0]["text"]
    for before, word in pairwise(run):
        close = word["x0"] - before["x1"] <= _TIGHT * max(word["size"], before["size"])
        if close and _is_raised(before, word):  # 10⁶ is not 106
            text += f"^{word['text']}"
        else:
            text += f"{'' if close else ' '}{word['text']}"
    return " ".join(_UNMAPPED.sub(_UNKNOWN, text).split())


def _is_raised(before: _Word, word: _Word) -> bool:
    smaller = word["size"] < 0.85 * before["size"]
    higher = before["top"] < word["bottom"] < before["bottom"] - 0.15 * before["size"]
    return bool(smaller and higher and word["text"].isdigit())

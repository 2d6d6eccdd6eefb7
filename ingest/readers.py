"""One file to one `Document`: the only place that knows which formats there are.

A new format is one more entry in `_FORMATS`: a converter from bytes to text, in a module of its
own, and a parser from text to blocks. Knows nothing of folders or passages.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.document import Block, Document, Source, build_document, has_word, slug
from ingest.encodings import read_text
from ingest.errors import UnreadableDocument
from ingest.markdown import front_matter_title, has_words, parse_markdown
from ingest.outline import parse_plain
from ingest.pdf import read_pdf
from ingest.webpage import read_webpage
from ingest.word import read_word

# Bytes of a file. 50 MB of text are some 10,000 pages, an hour of embedding on two cores, and about
# a gigabyte while they are parsed; what is larger is a log or a dump, not a document.
MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class _Format:
    convert: Callable[[bytes], Source]
    parse: Callable[[str], list[Block]]
    markdown: bool = True


def _read_markdown(raw: bytes) -> Source:
    text = read_text(raw)
    return Source(text, front_matter_title(text))


def _read_plain(raw: bytes) -> Source:
    return Source(read_text(raw))


_MARKDOWN = _Format(_read_markdown, parse_markdown)
_PLAIN = _Format(_read_plain, parse_plain, markdown=False)
_WEBPAGE = _Format(read_webpage, parse_markdown)
_FORMATS = {
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".txt": _PLAIN,
    ".text": _PLAIN,
    ".html": _WEBPAGE,
    ".htm": _WEBPAGE,
    ".xhtml": _WEBPAGE,
    ".pdf": _Format(read_pdf, parse_markdown),
    ".docx": _Format(read_word, parse_markdown),
}
SUFFIXES = frozenset(_FORMATS)


def read_document(path: Path, doc_id: str | None = None) -> Document:
    """Read a file in the format that its suffix names, and find its sections.

    Raises:
        UnreadableDocument: the format is not known, the file is too large, damaged, encrypted or
            empty, is not text where it should be, or cannot be opened; the message names the file,
            the reason, and what to do.
    """
    suffix = path.suffix.lower()
    try:
        _format(suffix)
        return read_bytes(_bytes(path), suffix, doc_id or slug(path.stem), _title(path.stem))
    except UnreadableDocument as error:
        raise UnreadableDocument(f"{path}: {error}") from error


def read_bytes(raw: bytes, suffix: str, doc_id: str, title: str) -> Document:
    """A `Document` of a file's content in the format of `suffix`.

    Args:
        title: unless the content has one of its own.

    Raises:
        UnreadableDocument: as `read_document`, without the file's name.
    """
    form = _format(suffix)
    try:
        source = form.convert(raw)
        return _document(doc_id, replace(source, title=source.title or title), form)
    except UnreadableDocument:
        raise
    # A parser of other people's files may fail in any way on a broken one, and that must not keep
    # the others from being read.
    except Exception as error:
        kind = suffix.lstrip(".").upper()
        raise UnreadableDocument(
            f"cannot be read as {kind} ({type(error).__name__}: {error}); it may be damaged: open "
            "it in the program that made it and save it again"
        ) from error


def parse_document(text: str, suffix: str, doc_id: str, title: str) -> Document:
    """A `Document` of a text in the format of `suffix`; line ends become `\\n` before offsets
    are counted.

    Raises:
        UnreadableDocument: there is nothing but white space.
    """
    return _document(doc_id, Source(text, title), _format(suffix))


def _document(doc_id: str, source: Source, form: _Format) -> Document:
    text = re.sub(r"\r\n?|[\u2028\u2029]", "\n", source.text)
    if not text.strip():
        raise UnreadableDocument("is empty; there is nothing to answer from")
    return build_document(
        doc_id,
        source.title,
        text,
        form.parse(text),
        pages=source.pages,
        markdown=form.markdown,
        readable=has_words if form.markdown else has_word,
    )


def _format(suffix: str) -> _Format:
    if suffix not in _FORMATS:
        raise UnreadableDocument(
            f"cannot read {suffix or 'files without a suffix'}; "
            f"convert it to one of {', '.join(sorted(SUFFIXES))}"
        )
    return _FORMATS[suffix]


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UnreadableDocument(
                f"holds {size / 1e6:,.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB that are "
                "read; split it into smaller files"
            )
        return path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{error.strerror or error}; check the file") from error


def _title(stem: str) -> str:
    words = re.sub(r"[-_]+", " ", stem).strip()
    return words[:1].upper() + words[1:]

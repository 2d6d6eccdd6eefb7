"""One file to one `Document`: the only place that knows file formats.

A new format is one more entry in `_PARSERS`. Knows nothing of folders or passages.
"""

import re
from collections.abc import Callable
from pathlib import Path

from ingest.document import Block, Document, build_document, slug
from ingest.errors import UnreadableDocument
from ingest.markdown import parse_markdown
from ingest.outline import parse_plain

_PARSERS: dict[str, Callable[[str], list[Block]]] = {
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".txt": parse_plain,
    ".text": parse_plain,
}
SUFFIXES = frozenset(_PARSERS)


def read_document(path: Path, doc_id: str | None = None) -> Document:
    """Read a file as UTF-8 text and find its sections.

    Raises:
        UnreadableDocument: the format is not known, the file is not UTF-8 text, is empty, or
            cannot be opened; the message says which and what to do.
    """
    suffix = path.suffix.lower()
    if suffix not in _PARSERS:
        known = ", ".join(sorted(SUFFIXES))
        raise UnreadableDocument(
            f"{path}: cannot read {suffix or 'files without a suffix'}; "
            f"convert it to one of {known}"
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{path}: {error.strerror or error}") from error
    if b"\x00" in raw:
        raise UnreadableDocument(f"{path}: is a binary file, not text; check what it really is")
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableDocument(
            f"{path}: is not UTF-8 (byte {error.start}); save it again as UTF-8"
        ) from error
    return parse_document(decoded, suffix, doc_id or slug(path.stem), _title(path.stem))


def parse_document(text: str, suffix: str, doc_id: str, title: str) -> Document:
    """A `Document` of a text in the format of `suffix`; line ends become `\\n` before offsets
    are counted.

    Raises:
        UnreadableDocument: there is nothing but white space.
    """
    text = re.sub(r"\r\n?|[\u2028\u2029]", "\n", text)
    if not text.strip():
        raise UnreadableDocument(f"{doc_id}: is empty; there is nothing to answer from")
    return build_document(doc_id, title, text, _PARSERS[suffix](text))


def _title(stem: str) -> str:
    words = re.sub(r"[-_]+", " ", stem).strip()
    return words[:1].upper() + words[1:]

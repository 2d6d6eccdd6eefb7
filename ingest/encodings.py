"""Bytes to text, or an honest refusal: an encoding is read from what the file says, never guessed.

Every byte is a letter in Windows-1252 and its like, so a guess cannot fail, only be wrong: it would
turn a text into plausible rubbish that nobody notices until it is quoted.
"""

import codecs
import re

from ingest.errors import UnreadableDocument

# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = {
    b"%PDF-": "a PDF file; give it the suffix .pdf",
    b"PK\x03\x04": "a zip archive, as Word files are; give a Word file the suffix .docx",
    b"\xd0\xcf\x11\xe0": "an old Office file; save it as .docx",
}
_CONTROL = re.compile(r"[\x00-\x07\x0e-\x1a\x1c-\x1f]")
# One control character in so many is a stray one; more is not text.
_STRAY = 1_000


def read_text(raw: bytes, declared: str | None = None) -> str:
    """The text of a file in the encoding that its byte order mark names, or else the one declared
    in it, or else UTF-8.

    Raises:
        UnreadableDocument: the bytes are not text in that encoding, or not text at all.
    """
    for signature, what in _SIGNATURES.items():
        if raw.startswith(signature):
            raise UnreadableDocument(f"is not text but {what}")
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _decode(raw[len(mark) :], encoding)
    if b"\x00" in raw:
        raise UnreadableDocument("is a binary file, not text; check what it really is")
    return _decode(raw, declared or "utf-8")


def _decode(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocument(
            f"is not {encoding.upper()} (byte {error.start}); save it again as UTF-8, for example "
            "with: iconv -f WINDOWS-1252 -t UTF-8, if that is what it is in"
        ) from error
    except LookupError as error:
        raise UnreadableDocument(
            f"says that it is in {encoding!r}, which is not an encoding; save it again as UTF-8"
        ) from error
    controls = sum(1 for _ in _CONTROL.finditer(text))
    if controls * _STRAY > len(text) and controls > 1:
        raise UnreadableDocument("is a binary file, not text; check what it really is")
    return text

"""Plain words written as Markdown, with no more backslashes than their meaning needs.

A converted document's quotes are its Markdown, so every needless backslash would be shown.
"""

import re

from ingest.markdown import words_of

# A sign is escaped only where CommonMark would read it as more than itself.
_INLINE = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]|$)   # a backslash before punctuation
    | `
    | \*(?!(?<=\s\*)\s)           # an asterisk, unless blanks stand on both sides
    | (?<!\w)_ | _(?!\w)          # an underscore that is not inside a word
    | <(?=[A-Za-z/!?])            # a tag or an address
    | &(?=\#?\w+;)                # an entity
    | \](?=[(\[:])                # a link
    | ~(?=~) | (?<=~)~
    """,
    re.VERBOSE,
)
_BLOCK = re.compile(
    r"""(?P<sign>\#{1,6}(?=\s|$) | [-+*](?=\s|$) | > | `{3} | ~{3} | \[[^\]]*\]:)
    | (?P<rule>(?:-[ ]?){3,}$ | (?:_[ ]?){3,}$ | (?:\*[ ]?){3,}$ | =+$ | -+$)
    | (?P<number>\d{1,9})(?=[.)](?:\s|$))
    """,
    re.VERBOSE,
)
_CLOSING = re.compile(r"(?<=\s)#+$")


def is_literal(text: str) -> bool:
    """Whether Markdown reads a text on one line as nothing but its words."""
    return not _INLINE.search(text) or words_of(text) == " ".join(text.split())


def escape_inline(text: str) -> str:
    """Words that are to stand inside a block: `plain_text` of the result gives them back."""
    return text if is_literal(text) else escape_signs(text)


def escape_signs(text: str) -> str:
    """As `escape_inline`, for a part of a text that is not literal as a whole."""
    return _INLINE.sub(r"\\\g<0>", text)


def escape_start(text: str) -> str:
    """Escaped words that are to begin a block, so that they do not begin a list or a heading."""
    match = _BLOCK.match(text)
    if not match:
        return text
    if match["number"]:
        return f"{match['number']}\\{text[match.end('number') :]}"
    return f"\\{text}"


def escape_end(text: str) -> str:
    """Escaped words that are to end a heading, so that their last signs are not taken for its
    own."""
    return _CLOSING.sub(lambda match: f"\\{match.group()}", text)


def escape_cell(text: str) -> str:
    """Words that are to stand in a cell of a table."""
    return escape_inline(text).replace("|", r"\|")

"""Raw HTML inside a Markdown text: where its words stand.

The tags are found by the standard library's parser; this module maps its positions to offsets.
Whole web pages are another matter (see `webpage`).
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

# Tags that stand inside a sentence; every other tag ends what it stands in.
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i img ins kbd label mark q s samp small span "
    "strike strong sub sup time tt u var wbr".split()
)
_UNREAD = frozenset(("script", "style", "template", "svg"))
_HEADING = re.compile(r"h[1-6]")


@dataclass(frozen=True, slots=True)
class Run:
    """Words between two tags that divide; `level` is that of the heading they are, or 0."""

    start: int
    end: int
    level: int = 0


def text_runs(html: str) -> list[Run]:
    """The runs of text in a piece of HTML, in order, without the blanks around them.

    A tag that stands inside a sentence is inside its run; comments, scripts and styles are in none.
    """
    parser = _RunParser(html)
    parser.feed(html)
    parser.close()
    parser.divide()
    return parser.runs


class _RunParser(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.runs: list[Run] = []
        self._html = html
        self._lines = [0] + [match.end() for match in re.finditer("\n", html)]
        self._start: int | None = None
        self._end = 0
        self._level = 0
        self._unread = 0  # how many tags are open whose content nobody reads

    def divide(self) -> None:
        """End the run that is open."""
        if self._start is not None:
            text = self._html[self._start : self._end]
            start = self._start + len(text) - len(text.lstrip())
            if start < self._end:
                self.runs.append(Run(start, start + len(text.strip()), self._level))
        self._start = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread += 1
        if tag not in _INLINE:
            self.divide()
            self._level = int(tag[1]) if _HEADING.fullmatch(tag) else 0

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self.divide()

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        if tag not in _INLINE:
            self.divide()
            self._level = 0

    def handle_data(self, data: str) -> None:
        self._take(len(data))

    def handle_entityref(self, name: str) -> None:
        self._take(len(name) + 1)

    def handle_charref(self, name: str) -> None:
        self._take(len(name) + 2)

    def _take(self, length: int) -> None:
        if self._unread:
            return
        line, column = self.getpos()
        start = self._lines[line - 1] + column
        if self._start is None:
            if not self._html[start : start + length].strip():
                return
            self._start = start
        self._end = start + length

"""Tables of a web page made plain: one header row, then rows of the same number of cells.

Spans are filled in, so that each cell stands under its header; tables that only lay out a page
are taken apart. Knows nothing of Markdown.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_SPAN = 200  # columns or rows that a cell may claim
_BREAK = "\x1f"  # where a cell's text goes to a new line


def tidy_tables(soup: "BeautifulSoup", root: "Tag") -> None:
    """Rebuild every table below `root`; the tree is changed in place."""
    for table in root.find_all("table"):
        if _is_layout(table):
            _take_apart(table)
    for table in root.find_all("table"):
        _rebuild(soup, table)


def _is_layout(table: "Tag") -> bool:
    if table.get("role") in ("presentation", "none") or table.find("table"):
        return True
    rows = table.find_all("tr")
    return len(rows) < 2 or max(len(row.find_all(["td", "th"])) for row in rows) < 2


def _take_apart(table: "Tag") -> None:
    for tag in table.find_all(["thead", "tbody", "tfoot", "tr", "td", "th", "colgroup", "caption"]):
        if tag.find_parent("table") is table:
            tag.name = "div"
    table.name = "div"


def _rebuild(soup: "BeautifulSoup", table: "Tag") -> None:
    heads, rows = _grid(table)
    caption = table.find("caption")
    if caption:
        caption.name = "p"
        table.insert_before(caption.extract())
    if not heads and rows and all(_names_a_row(row) for row in table.find_all("tr")):
        table.replace_with(_named_values(soup, rows))
        return
    if not heads:  # most tables without marked headers have one all the same
        heads, rows = rows[:1], rows[1:]
    header = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*heads, strict=True)]
    plain = soup.new_tag("table")
    for name, texts in [("th", header), *(("td", row) for row in rows)]:
        line = soup.new_tag("tr")
        for text in texts:
            cell = soup.new_tag(name)
            cell.string = text
            line.append(cell)
        plain.append(line)
    table.replace_with(plain)


def _grid(table: "Tag") -> tuple[list[list[str]], list[list[str]]]:
    """Header rows and body rows as texts, every row as wide as the widest."""
    rows: list[list[str]] = []
    heads = 0
    pending: dict[int, tuple[str, int]] = {}  # column: text that reaches down, rows it has left
    for tag in table.find_all("tr"):
        cells = tag.find_all(["td", "th"])
        is_head = bool(cells) and (
            tag.find_parent("thead") is not None or all(cell.name == "th" for cell in cells)
        )
        if is_head and heads == len(rows):
            heads += 1
        rows.append(_row(cells, pending))
    width = max(map(len, rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    used = [column for column in range(width) if any(row[column] for row in rows)]
    rows = [[row[column] for column in used] for row in rows]
    body = [row for row in rows[heads:] if any(row)]
    return rows[:heads], body


def _row(cells: list["Tag"], pending: dict[int, tuple[str, int]]) -> list[str]:
    row: list[str] = []

    def fill() -> None:
        while (column := len(row)) in pending:
            text, left = pending.pop(column)
            row.append(text)
            if left > 1:
                pending[column] = (text, left - 1)

    for cell in cells:
        fill()
        text = _text(cell)
        for _ in range(_number(cell, "colspan")):
            if _number(cell, "rowspan") > 1:
                pending[len(row)] = (text, _number(cell, "rowspan") - 1)
            row.append(text)
    fill()
    return row


def _number(cell: "Tag", name: str) -> int:
    value = str(cell.get(name, "1"))
    return min(_SPAN, max(1, int(value))) if value.isdecimal() else 1


def _text(cell: "Tag") -> str:
    """A cell's words on one line; what stood on lines of its own is set off by a semicolon."""
    for tag in cell.find_all(["br", "p", "li", "div"]):
        tag.insert_after(_BREAK)
    lines = [" ".join(line.split()) for line in cell.get_text().split(_BREAK)]
    text = "; ".join(line for line in lines if re.search(r"\S", line))
    return re.sub(r"([.:;,!?]);", r"\1", text)


def _names_a_row(row: "Tag") -> bool:
    cells = row.find_all(["td", "th"])
    return [cell.name for cell in cells] == ["th", "td"]


def _named_values(soup: "BeautifulSoup", rows: list[list[str]]) -> "Tag":
    """A table of names and values side by side, as a list of "name: value"."""
    listing = soup.new_tag("ul")
    for row in rows:
        item = soup.new_tag("li")
        item.string = ": ".join(filter(None, row))
        listing.append(item)
    return listing

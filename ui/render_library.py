"""The documents as HTML: which are asked, how large they are, how far uploads are.

Pure functions from plain values to HTML; every word passes `escape`.
"""

from collections.abc import Iterable, Sequence
from html import escape

from chat.library import DocumentOverview, FileProgress
from ui.icons import icon

_FORMATS = {
    ".pdf": "PDF",
    ".docx": "Word",
    ".html": "HTML",
    ".md": "Markdown",
    ".txt": "text",
}
_STATES = {
    "reading": "Reading",
    "embedding": "Indexing",
    "done": "Ready to ask",
    "failed": "Not added",
}


def documents_html(
    documents: Sequence[DocumentOverview], suffixes: Iterable[str], max_bytes: int | None
) -> str:
    """The list of documents, each with a box to tick, and where files are added.

    Args:
        suffixes: of the files that can be read.
        max_bytes: of the largest file that is taken; None where none is.
    """
    rows = "".join(map(_document, documents))
    text = "1 document" if len(documents) == 1 else f"{len(documents):,} documents"
    head = f'<p class="pc-soft">{text}. The ticked ones are asked.</p>' if documents else _NONE
    return (
        f'<section class="pc-library" aria-labelledby="pc-documents-title">'
        f'<h2 id="pc-documents-title">Documents</h2>{head}'
        f'<ul class="pc-documents">{rows}</ul>{_adding(suffixes, max_bytes)}</section>'
    )


_NONE = '<p class="pc-soft">None yet. Add one to ask it.</p>'


def uploads_html(rows: Sequence[FileProgress]) -> str:
    """How far each of some files is."""
    return f'<ul class="pc-uploads">{"".join(map(_upload, rows))}</ul>' if rows else ""


def notice_html(text: str, failed: bool = False) -> str:
    """A line in the place of the documents, while there are none to ask."""
    kind = "pc-notice pc-wrong" if failed else "pc-notice"
    return f'<p class="{kind}" role="status">{escape(text)}</p>'


def _document(document: DocumentOverview) -> str:
    name, title = escape(document.id), escape(document.title)
    sections = _count(document.sections, "section")
    passages = _count(document.passages, "passage")
    # What came from a folder is removed there: the next ingest would bring it back.
    remove = (
        f'<button type="button" class="pc-tool" data-do="remove" data-document="{name}" '
        f'data-title="{title}" aria-label="Remove {title}" title="Remove">{icon("remove")}</button>'
        if document.removable
        else ""
    )
    return (
        f'<li><label><input type="checkbox" data-document="{name}" checked>'
        f'<span class="pc-document-title">{title}</span>'
        f'<span class="pc-soft">{sections}, {passages}</span></label>{remove}</li>'
    )


def _adding(suffixes: Iterable[str], max_bytes: int | None) -> str:
    if max_bytes is None:
        return ""
    known = sorted(suffixes)
    names = ", ".join(name for suffix, name in _FORMATS.items() if suffix in known)
    return (
        f'<label class="pc-adding">{icon("add")}<span>Add documents</span>'
        f'<input type="file" multiple accept="{escape(",".join(known))}" '
        f'data-limit="{max_bytes}" aria-describedby="pc-formats"></label>'
        f'<p class="pc-soft" id="pc-formats">Or drop files anywhere. {names}, '
        f"up to {max_bytes // 1_000_000} MB each.</p>"
    )


def _upload(row: FileProgress) -> str:
    state = _STATES[row.state]
    bar = ""
    if row.state == "embedding" and row.total:
        bar = (
            f'<progress max="{row.total}" value="{row.done}" '
            f'aria-label="{escape(row.name)}"></progress>'
        )
        bar += f'<span class="pc-detail">{row.done:,} of {row.total:,} passages</span>'
    elif row.state == "reading":
        bar = f'<progress aria-label="{escape(row.name)}"></progress>'
    detail = f'<span class="pc-detail">{escape(_sentence(row.detail))}</span>' if row.detail else ""
    over = ""
    if row.state in ("done", "failed"):  # said to who cannot see it
        said = f"{row.name}: {state}. {row.detail}".strip()
        over = f' data-over="{escape(said)}"'
    name = f'<span class="pc-file">{escape(row.name)}</span>'
    return (
        f'<li class="pc-upload pc-{row.state}"{over}>{name}'
        f'<span class="pc-soft">{state}</span>{bar}{detail}</li>'
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"

"""What differs between the documents of two indexes. Knows nothing of how they are indexed."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.document import Document


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of documents, sorted; a renamed one is told by its id before and its id now."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return any((self.added, self.changed, self.removed, self.renamed))


def compare(before: Mapping[str, Document], now: Mapping[str, Document]) -> Changes:
    """The changes that lead from some documents, by id, to others.

    A document that is gone and one that is new are one renamed document if their texts are equal.
    """
    gone = {before[name].sha256: name for name in sorted(before.keys() - now.keys())}
    renamed = []
    for name in sorted(now.keys() - before.keys()):
        old = gone.pop(now[name].sha256, None)
        if old is not None:
            renamed.append((old, name))
    moved = {name for pair in renamed for name in pair}
    return Changes(
        added=tuple(sorted(now.keys() - before.keys() - moved)),
        changed=tuple(sorted(n for n in now.keys() & before.keys() if now[n] != before[n])),
        removed=tuple(sorted(before.keys() - now.keys() - moved)),
        renamed=tuple(renamed),
    )

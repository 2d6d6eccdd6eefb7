"""Which units of a section are the items of a list, where only their words are left to tell.

Judged documents list their units in order and have no mark-up; a list in them is a line that ends
in a colon, and what follows in one style. Knows nothing of documents.
"""

import re
from collections.abc import Sequence

_NUMBERS = "two three four five six seven eight nine ten eleven twelve".split()
_COUNT = re.compile(rf"\b({'|'.join(_NUMBERS)})\b", re.I)
_LABEL = re.compile(r"[^.;:]{2,60}: \S")


def items_after(units: Sequence[str], place: int) -> int:
    """How many of the units after the one at `place` are items that it introduces; 0 if it
    introduces nothing.

    Those that go on in the style of the first: with a label, or without a full stop until the
    last; where no style shows, as many as it says ("Three routes are common:").
    """
    rest = units[place + 1 :]
    if not units[place].rstrip().endswith(":") or len(rest) < 2:
        return 0
    count = _labelled(rest) if _LABEL.match(rest[0]) else _unfinished(rest)
    if count > 1:
        return count
    said = _COUNT.search(units[place])
    count = 2 + _NUMBERS.index(said[1].lower()) if said else 0
    return count if count <= len(rest) else 0


def _labelled(rest: Sequence[str]) -> int:
    return next((n for n, unit in enumerate(rest) if not _LABEL.match(unit)), len(rest))


def _unfinished(rest: Sequence[str]) -> int:
    last = ("." if rest[0].rstrip().endswith((";", ",")) else "") or None
    for number, unit in enumerate(rest):
        if unit.rstrip().endswith("."):
            # "…; …; and the last." belongs to the list; after items without any mark it does not.
            return number + 1 if last else number
    return len(rest)

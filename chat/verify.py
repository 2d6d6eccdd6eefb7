"""The gate: what of a draft may be shown, and which evidence supports it.

Sentence by sentence, before anything is shown; a draft's own markers are ignored. A sentence that
`support` does not find supported is replaced by the evidence that it comes closest to, quoted.
Knows nothing of generators.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sentencex

from chat.evidence import Evidence
from chat.support import Gate
from chat.wording import stems

_MARKER = re.compile(r"\s*\[\d+\](?:\s*,?\s*\[\d+\])*")
_COMPLETE = (".", "!", "?", '"', "”", ")")  # a sentence that was cut off has no end


@dataclass(frozen=True, slots=True)
class Verified:
    """A sentence that may be shown, with the fewest units of evidence that support it.

    `replaces` is the drafted sentence that failed where this one stands, empty if none did.
    """

    text: str
    evidence: tuple[Evidence, ...]
    quoted: bool
    replaces: str = ""


def verify_draft(
    pieces: Iterable[str],
    question: str,
    evidence: Sequence[Evidence],
    gate: Gate,
    quote_rest: bool = True,
) -> Iterator[Verified]:
    """Yield verified sentences as soon as the draft's sentences are complete.

    Args:
        question: what the draft answers, complete in itself; its words count as known.
        quote_rest: whether evidence that no sentence cites is quoted at the end. A draft of which
            no sentence passed is always followed by the evidence.
    """
    cited: list[Evidence] = []
    texts: set[str] = set()
    passed = False
    for sentence in _sentences(pieces):
        text = _MARKER.sub("", sentence).strip()
        if not re.search(r"\w", text) or text in texts or not evidence:
            continue
        texts.add(text)
        support = gate.check(text, question, evidence) if text.endswith(_COMPLETE) else None
        if support and support.units:
            passed = True
            units = tuple(evidence[place] for place in support.units)
            cited += [unit for unit in units if unit not in cited]
            yield Verified(text, units, quoted=support.reason == "quoted")
            continue
        nearest = max(evidence, key=lambda unit: _overlap(text, unit.text))
        if nearest not in cited and _overlap(text, nearest.text) > 0:
            cited.append(nearest)
            yield Verified(nearest.text, (nearest,), quoted=True, replaces=text)
    for unit in evidence if quote_rest or not passed else ():
        if unit not in cited:
            yield Verified(unit.text, (unit,), quoted=True)


def _sentences(pieces: Iterable[str]) -> Iterator[str]:
    """The sentences of a text that arrives in pieces, each as soon as another begins."""
    pending = ""
    for piece in pieces:
        pending += piece
        *complete, pending = list(sentencex.segment("en", pending)) or [""]
        yield from (sentence.strip() for sentence in complete if sentence.strip())
    if pending.strip():
        yield pending.strip()


def _overlap(left: str, right: str) -> float:
    """Dice coefficient of two texts' stems."""
    first, second = stems(left), stems(right)
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0

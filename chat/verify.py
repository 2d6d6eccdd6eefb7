"""The gate: what of a draft may be shown, and which evidence supports it.

A sentence passes only if one unit of evidence holds all of its figures and names, agrees in
negation and in qualifiers, and has nearly all of its words; its own markers are ignored. A
sentence that fails is replaced by that evidence, quoted. Knows nothing of generators.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sentencex

from chat.evidence import Evidence
from retrieval.bm25 import tokenize

# Share of a sentence's words that must stand in the evidence, its context or the question. Below
# it the base model's sentences say things that the evidence does not.
_SUPPORTED = 0.9
# Share of the evidence's own words that a sentence must keep; less is a fragment of the fact.
_KEPT = 0.5

_MARKER = re.compile(r"\s*\[\d+\]")
_FIGURE = re.compile(r"\$?\d+(?:[.,]\d+)*\s?(?:%|[kKmMbB]\b|\+)?")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w.+#-]*")
_NEGATION = re.compile(r"\b(?:not|no|never|none|nor|neither|without|cannot|hardly)\b|n['’]t\b")
_QUALIFIER = re.compile(
    r"\b(?:may|might|can|could|should|must|typically|often|usually|generally|about|around|up to|"
    r"at least|at most|minimum|maximum|more than|less than|average|majority|expected|forecasts?|"
    r"predicts?|preferred|required|especially|example|lower|higher|base|only|alone)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verified:
    """A sentence that may be shown, with the evidence that supports it.

    `replaces` is the drafted sentence that failed where this one stands, empty if none did.
    """

    text: str
    evidence: Evidence
    quoted: bool
    replaces: str = ""


def verify_draft(
    pieces: Iterable[str], question: str, evidence: Sequence[Evidence]
) -> Iterator[Verified]:
    """Yield verified sentences as soon as the draft's sentences are complete.

    Every unit of evidence is shown exactly once: in a sentence that it supports, or quoted in
    place of one that it does not, or quoted at the end.
    """
    shown: list[Evidence] = []
    for sentence in _sentences(pieces):
        text = _MARKER.sub("", sentence).strip()
        left = [unit for unit in evidence if unit not in shown]
        if not left:
            return
        if not re.search(r"\w", text):
            continue
        nearest = max(left, key=lambda unit: _overlap(text, unit.text))
        if supports(nearest, text, question):
            shown.append(nearest)
            yield Verified(text, nearest, quoted=text == nearest.text)
        elif _overlap(text, nearest.text) > 0:
            shown.append(nearest)
            yield Verified(nearest.text, nearest, quoted=True, replaces=text)
    for unit in evidence:
        if unit not in shown:
            yield Verified(unit.text, unit, quoted=True)


def supports(evidence: Evidence, sentence: str, question: str) -> bool:
    """Whether a unit of evidence supports a sentence, strictly."""
    if sentence == evidence.text:
        return True
    known = f"{evidence.context} {evidence.text}"
    return (
        sentence[-1:] in {".", "!", '"', ")"}
        and _figures(sentence) == _figures(evidence.text)
        and _in_order(_figures_in_order(sentence), _figures_in_order(evidence.text))
        and _names(sentence) <= _words(f"{known} {question}")
        and bool(_NEGATION.search(sentence.lower()))
        == bool(_NEGATION.search(evidence.text.lower()))
        and _qualifiers(evidence.text) <= _qualifiers(sentence)
        and _qualifiers(sentence) <= _qualifiers(f"{known} {question}")
        and _share(sentence, f"{known} {question}") >= _SUPPORTED
        and _share(evidence.text, f"{sentence} {evidence.context} {question}") >= _KEPT
    )


def _sentences(pieces: Iterable[str]) -> Iterator[str]:
    """The sentences of a text that arrives in pieces, each as soon as another begins."""
    pending = ""
    for piece in pieces:
        pending += piece
        *complete, pending = list(sentencex.segment("en", pending)) or [""]
        yield from (sentence.strip() for sentence in complete if sentence.strip())
    if pending.strip():
        yield pending.strip()


def _figures_in_order(text: str) -> list[str]:
    return [
        re.sub(r"[\s,$]", "", figure.group()).lower().rstrip(".")
        for figure in _FIGURE.finditer(text)
    ]


def _figures(text: str) -> set[str]:
    return set(_figures_in_order(text))


def _in_order(left: list[str], right: list[str]) -> bool:
    """Figures that change places change their meaning."""
    return list(dict.fromkeys(left)) == list(dict.fromkeys(right))


def _names(sentence: str) -> set[str]:
    return {name.rstrip(".").lower() for name in _NAME.findall(sentence)}


def _words(text: str) -> set[str]:
    return {word.rstrip(".").lower() for word in re.findall(r"[\w.+#-]+", text)}


def _qualifiers(text: str) -> set[str]:
    return {word.lower() for word in _QUALIFIER.findall(text)}


def _share(text: str, within: str) -> float:
    """The share of a text's stems that stand in another text."""
    stems, known = (set(row) for row in tokenize([text, within]))
    return len(stems & known) / len(stems) if stems else 0.0


def _overlap(left: str, right: str) -> float:
    """Dice coefficient of two texts' stems."""
    first, second = (set(row) for row in tokenize([left, right]))
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0

"""What tells whether units of evidence support a sentence, each a number that can be read.

Figures are compared as values; names, negation, opposites, limits and scope by word; the rest by
the encoder's token vectors and by the judge's two verdicts. Knows nothing of drafts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chat.differences import (
    CLAUSE,
    LIMITS,
    OPENER,
    closest,
    contradicted,
    denies,
    edits,
    held,
    negated,
    opener,
    opposites,
)
from chat.figures import Figure, figures, missing
from chat.wording import stems
from retrieval.reranker import TokenMemory

_NAME = re.compile(r"(?<![.!?:;] )(?<!^)(?<!\[)\b[A-Z][\w’'+#-]*")
_LISTED = re.compile(r", (?:and |or )?|; | and | or ")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with what it is judged against: its question and the units, each in context."""

    sentence: str
    question: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SupportSignals:
    """What tells whether units support a sentence; more speaks for it unless said otherwise.

    `whole` and `word` are the judge's log odds that the units support the sentence, and that a
    word of it is unsupported (against). Then shares and counts: `covered` content words that stand
    in units or question, `told` those that stand in the units; `lowest` and `mean` best matches of
    content tokens; `cosine`; `figures` of the sentence; `fit` how well the clause in which a
    figure stands in the units fits the sentence, against the clauses of other figures. Against:
    `asked` figures that only the question has, `turned` figures in another order, `names` that
    stand nowhere, `opposites` of words of the units, `limits` dropped or added, `negation` in one
    but not the other, `opener` that does not fit the negation, `unknown` content words.
    `kept` is the share of neighbouring words that are neighbours in the units, too; where they
    are, a word between them that is `substituted`, `inserted`, or, of those that limit or deny,
    `deleted` changes a fact: each count times `kept`. `window` is the lowest mean match of four
    content tokens in a row.
    `turned_negation` compares with the clause that is closest to the sentence, times the words
    that they share; `contradicted` is an upper limit for a lower one, or the other way round.
    """

    whole: float
    word: float
    covered: float
    told: float
    lowest: float
    mean: float
    cosine: float
    figures: float
    fit: float
    asked: float
    turned: float
    names: float
    opposites: float
    dropped: float
    added: float
    negation: float
    opener: float
    unknown: float
    length: float
    kept: float
    window: float
    substituted: float
    inserted: float
    deleted: float
    turned_negation: float
    contradicted: float


def signals(said: Said, verdict: Sequence[float], memory: TokenMemory) -> SupportSignals:
    """Every signal of a sentence; `verdict` is the judge's."""
    told = " ".join(said.units)
    sentence, known = said.sentence, f"{told} {said.question}"
    body = OPENER.sub("", sentence)
    words, in_units, in_known = stems(body), stems(told), stems(known)
    own, there = figures(body), figures(told)
    asked = missing(own, there)
    lowest, mean, cosine, window = _matches(said, memory)
    kept, substituted, inserted, deleted = edits(body, told)
    clause, share = closest(words, told)
    unknown = words - in_known
    return SupportSignals(
        whole=float(verdict[0]),
        word=float(verdict[1]),
        covered=len(words & in_known) / max(1, len(words)),
        told=len(words & in_units) / max(1, len(words)),
        lowest=lowest,
        mean=mean,
        cosine=cosine,
        figures=float(min(3, len(own))),
        fit=_fit(body, own, said, told, there),
        asked=float(len(asked)),
        turned=float(_turned(own, there)),
        names=float(len(unnamed(body, known))),
        opposites=float(min(3, opposites(body, told))),
        dropped=float(sum(held(p, told) and not held(p, body) for p in LIMITS)),
        added=float(sum(held(p, body) and not held(p, known) for p in LIMITS)),
        negation=float(negated(body) != negated(told)),
        opener=opener(sentence, body, told),
        unknown=float(min(6, len(unknown))),
        length=min(3.0, len(words) / 8),
        kept=kept,
        window=window,
        substituted=kept * substituted,
        inserted=kept * inserted,
        deleted=kept * deleted,
        turned_negation=share * float(denies(body) != denies(clause)),
        contradicted=float(contradicted(body, told)),
    )


def unnamed(sentence: str, known: str) -> list[str]:
    """Names of a sentence, but for its first word, that stand nowhere in what is known."""
    words = {word.lower().strip("’'-") for word in re.findall(r"[\w’'+#-]+", known)}
    words |= {part for word in words for part in re.split(r"[-’']", word)}
    stems = {word[:5] for word in words}
    found = []
    for name in _NAME.findall(sentence):
        plain = re.sub(r"['’]s$", "", name.lower()).strip("’'-")
        parts = [*re.split(r"[-’']", plain), plain.removesuffix("s")]
        if plain != "i" and not any(p in words or p[:5] in stems for p in (plain, *parts)):
            found.append(name)
    return found


def unsupported_figures(said: Said) -> tuple[Figure, ...]:
    """Figures that stand neither in the units nor in the question; and, of a sentence that has no
    other figure and denies nothing, those that stand in the question alone."""
    own = figures(said.sentence)
    asked = missing(own, figures(" ".join(said.units)))
    nowhere = tuple(
        figure for figure in missing(asked, figures(said.question)) if not _counts(figure, said)
    )
    if nowhere or len(asked) < len(own) or negated(said.sentence):
        return nowhere
    return tuple(figure for figure in asked if not _counts(figure, said))


def _counts(figure: Figure, said: Said) -> bool:
    """Whether a figure in words says how many things the units list ("those two codes")."""
    written = said.sentence[figure.start : figure.end]
    if figure.unit or not written.isalpha() or not 2 <= figure.number <= 12:
        return False
    listed = [len(_LISTED.findall(clause)) + 1 for u in said.units for clause in _split(u)]
    return figure.number in {len(said.units), *listed}


def _split(text: str) -> list[str]:
    return [text, *re.split(r"[;:.]\s", text)]


def _matches(said: Said, memory: TokenMemory) -> tuple[float, float, float, float]:
    """Of the best matches of the sentence's content tokens the lowest and the mean, the cosine of
    the texts, and the lowest mean of four tokens in a row."""
    texts = [text for text in (*said.units, said.question) if text]
    own, *rows = memory.read([said.sentence, *texts])
    keep = [
        place
        for place, token in enumerate(own.tokens)
        if len(token) > 2
        and token.lower() not in {"yes", "the", "and", "that", "for", "are", "was"}
    ]
    if not keep or not rows:
        return 0.0, 0.0, 0.0, 0.0
    beside = np.concatenate([row.vectors for row in rows]).astype(np.float32)
    best = (own.vectors[keep].astype(np.float32) @ beside.T).max(axis=1)
    cosine = max(float(own.whole @ row.whole) for row in rows[: len(said.units)])
    width = min(4, len(best))
    window = np.convolve(best, np.ones(width) / width, "valid").min()
    return float(np.sort(best)[:2].mean()), float(best.mean()), cosine, float(window)


def _fit(body: str, own: Sequence[Figure], said: Said, told: str, there: Sequence[Figure]) -> float:
    """For each figure that has others of its kind beside it in the units: of the words by which
    the clauses of the two differ, are those that the sentence and its question have more of the
    figure's own clause (1), or of the other's (-1)? The lowest; 1 if there is nothing to confuse.
    """
    spoken = stems(f"{body} {said.question}")
    margins = [1.0]
    for figure in own:
        at = [_clause(told, f) for f in there if figure.equals(f)]
        others = [f for f in there if f.unit == figure.unit and not any(f.equals(o) for o in own)]
        margins += [
            max(_margin(spoken, clause, _clause(told, other)) for clause in at)
            for other in others
            if at
        ]
    return min(margins)


def _margin(spoken: frozenset[str], here: str, elsewhere: str) -> float:
    own, other = (
        {stem for stem in stems(clause) if not stem.isdigit()} for clause in (here, elsewhere)
    )
    for_it, against = len((own - other) & spoken), len((other - own) & spoken)
    return (for_it - against) / (for_it + against) if for_it or against else 0.0


def _clause(text: str, figure: Figure) -> str:
    """The clause of a text that a figure stands in."""
    start, end = 0, len(text)
    for match in CLAUSE.finditer(text):
        if match.end() <= figure.start:
            start = match.end()
        elif match.start() >= figure.end:
            end = match.start()
            break
    return text[start:end]


def _turned(own: Sequence[Figure], there: Sequence[Figure]) -> int:
    """Neighbouring figures of one kind that stand the other way round in the units."""
    places = [next((n for n, f in enumerate(there) if figure.equals(f)), None) for figure in own]
    return sum(
        left is not None and right is not None and left > right and one.unit == other.unit
        for left, right, one, other in zip(places, places[1:], own, own[1:], strict=False)
    )

"""True sentences made false: what a gate must not let pass, kind by kind.

Each kind is a function from a claim to its corrupted sentences; a sentence that may still be true
is left out. Knows nothing of gates or models.
"""

import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chat.claims import Claim
from chat.contrasts import (
    ADDED_CLAUSES,
    ADJECTIVES,
    DAYS,
    DIRECTIONS,
    MONTHS,
    QUALIFIERS,
    SCOPES,
    STRONGER,
    UNITS,
)
from chat.figures import Figure, figures
from chat.wording import stems

_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][\w’'-]*(?: (?:of |the |de )?[A-Z][\w’'-]*)*")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|may|must|will|has|have|had|does|do|should|could|would)\b(?! not)"
)
_VERB = re.compile(
    r"(?<!\d )\b([a-z]{3,}s)\b(?= (?:the|a|an|from|at|on|in|for|only|to|up|about|\d))"
)
_NOT = re.compile(r" not\b(?! only)|n't\b|\bnever |\bno longer |\bno (?=[a-z])")
_SCOPE = (
    re.compile(r",? (?:in|since|for|from|by|until|during|of) (?:(?:early|late|the) )?[12]\d{3}\b"),
    re.compile(r",? (?:unless|except|provided|apart from|as long as|if|only if|when) [^,;.]+"),
    re.compile(r",? (?:for|in|on|at|among|under) (?:the )?[A-Z][\w-]+(?: [A-Z][\w-]+)*(?=[ ,.])"),
    re.compile(r",? (?:for|among|in|on) (?:the |an? )?[a-z-]+(?: [a-z-]+)?(?=[,.]| is| are| was)"),
)
_TAIL = re.compile(
    r",? (?:which|because|with|but|and|so|since|as|after|before|until|if|while) [^.;]+(?=\.$)"
)


@dataclass(frozen=True, slots=True)
class Corruption:
    """A false sentence made from a true one, with how."""

    kind: str
    sentence: str


Pool = Sequence[str]  # clauses and adjectives that inventions are taken from


def corruptions(claim: Claim, tails: Pool, seed: int = 1, spread: int = 3) -> list[Corruption]:
    """The corrupted forms of a claim, at most `spread` of a kind, shuffled by a seed.

    Args:
        tails: clauses of other documents, to invent with.
    """
    chance = random.Random(f"{seed} {claim.document} {claim.question} {claim.sentence}")
    found = []
    for kind, make in _KINDS.items():
        sentences = dict.fromkeys(make(claim, chance, tails))
        fresh = [text for text in sentences if _differs(text, claim)]
        chance.shuffle(fresh)
        found += [Corruption(kind, text) for text in fresh[:spread]]
    return found


def tails_of(claims: Sequence[Claim]) -> list[str]:
    """The last clauses of sentences."""
    found = dict.fromkeys(m[0] for c in claims for m in _TAIL.finditer(c.sentence))
    return [tail for tail in found if 3 <= len(tail.split()) <= 14]


def _differs(sentence: str, claim: Claim) -> bool:
    plain = _bare(sentence)
    known = [claim.sentence, *(premise.text for premise in claim.premises)]
    return bool(plain) and all(plain not in _bare(text) for text in known)


def _bare(text: str) -> str:
    return re.sub(r"[^\w$€£%]+", " ", text).lower().strip()


def _figure(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    """A figure of the same kind that stands nearby: in the evidence, the question, the document."""
    sentence = claim.sentence
    near = [claim.question, *(p.text for p in claim.premises)]
    far = [p.text for p in claim.neighbours]
    own = figures(sentence)
    for figure in own:
        alike: dict[str, None] = {}
        for text in (*near, *chance.sample(far, len(far))):
            for other in figures(text):
                written = text[other.start : other.end]
                if _exchangeable(figure, other) and not any(other.equals(f) for f in own):
                    alike.setdefault(_restyled(sentence[figure.start : figure.end], written))
        if re.search(r"\ba $", sentence[: figure.start]):
            continue
        for written in list(alike)[:2]:
            yield sentence[: figure.start] + written + sentence[figure.end :]


def _exchangeable(left: Figure, right: Figure) -> bool:
    years = [f.unit == "" and 1000 <= f.number <= 2100 for f in (left, right)]
    return left.unit == right.unit and years[0] == years[1] and left.number != right.number


def _restyled(own: str, other: str) -> str:
    """A figure keeps the spaces around it."""
    return other.strip() + (" " if own.endswith(" ") else "")


def _unit(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    for figure in figures(claim.sentence):
        after = claim.sentence[figure.start : figure.end + 12]
        for unit, others in UNITS.items():
            match = re.search(rf"(?<![A-Za-z]){re.escape(unit)}(?![A-Za-z])", after)
            if match:
                start = figure.start + match.start()
                yield (
                    claim.sentence[:start]
                    + chance.choice(others)
                    + claim.sentence[start + len(unit) :]
                )


def _negation(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    sentence = claim.sentence
    for old, new in (("No, ", "Yes, "), ("Yes, ", "No, ")):
        if sentence.startswith(old):
            yield new + sentence[len(old) :]
            rest = sentence[len(old) :]
            if (match := _AUXILIARY.search(rest)) and not _NOT.search(rest):
                yield f"{new}{rest[: match.end()]} not{rest[match.end() :]}"
    for match in _NOT.finditer(sentence):
        yield (
            sentence[: match.start()]
            + (" " if match[0].startswith(" ") else "")
            + sentence[match.end() :].lstrip()
        )
    if not re.search(r"\b(?:not|no|never|none|nor|neither|cannot|only)\b|n't", sentence, re.I):
        for match in list(_AUXILIARY.finditer(sentence))[:2]:
            yield f"{sentence[: match.end()]} not{sentence[match.end() :]}"
        if match := _VERB.search(sentence):
            base = re.sub(r"(?:(?<=[sxzo])|(?<=ch)|(?<=sh))es$|s$", "", match[1])
            yield f"{sentence[: match.start()]}does not {base}{sentence[match.end() :]}"


def _paired(sentence: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    for pair in pairs:
        for old, new in (pair, pair[::-1]):
            for match in re.finditer(rf"(?<![\w-]){re.escape(old)}(?![\w-])", sentence, re.I):
                if match[0] == "No" and sentence.startswith("No,"):
                    continue
                word = new.capitalize() if match[0][0].isupper() else new
                yield sentence[: match.start()] + word + sentence[match.end() :]


def _direction(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    yield from _paired(claim.sentence, DIRECTIONS)


def _entity(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    """Another name of the document, or another noun of it with the same ending."""
    sentence = claim.sentence
    near = [name for p in claim.premises for name in _NAME.findall(p.text)]
    far = [name for p in claim.neighbours for name in _NAME.findall(p.text)]
    chance.shuffle(far)
    for match in _NAME.finditer(sentence):
        if match[0] in (*DAYS, *MONTHS, "May"):
            continue
        names = (n for n in dict.fromkeys(near + far) if _apart(n, sentence))
        for name in list(names)[:2]:
            yield sentence[: match.start()] + name + sentence[match.end() :]


def _apart(name: str, sentence: str) -> bool:
    words = set(name.lower().split())
    return name not in (*DAYS, *MONTHS, "May") and not words & set(
        re.findall(r"[\w’'-]+", sentence.lower())
    )


def _word(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    """A word of the evidence for another of the document with the same ending."""
    told = " ".join(p.read for p in claim.premises) + " " + claim.question
    known = stems(f"{told} {claim.sentence}")
    words = [w for p in claim.neighbours for w in re.findall(r"\b[a-z]{4,}\b", p.text)]
    chance.shuffle(words)
    own = [m for m in re.finditer(r"\b[a-z]{5,}\b", claim.sentence) if m[0] in told]
    for match in own:
        for word in words:
            if word[-2:] == match[0][-2:] and not stems(word) & known:
                yield claim.sentence[: match.start()] + word + claim.sentence[match.end() :]
                break


def _scope(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    """A year, place, group or condition dropped that neither question nor headings name; a day,
    month or group taken for another."""
    sentence = claim.sentence
    known = stems(claim.question + " " + " ".join(p.context for p in claim.premises))
    held = stems(" ".join(p.text for p in claim.premises))
    for pattern in _SCOPE:
        for match in pattern.finditer(sentence):
            dropped = stems(match[0])
            shorter = sentence[: match.start()] + sentence[match.end() :]
            if dropped and not dropped & known and dropped <= held and len(shorter.split()) > 4:
                yield shorter
    yield from _paired(sentence, SCOPES)
    for names in (DAYS, MONTHS):
        for name in names:
            if name in sentence:
                others = [n for n in names if n != name and n not in sentence]
                yield sentence.replace(name, chance.choice(others), 1)


def _qualifier(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    """A limit dropped that the evidence states, or made stronger."""
    told = " ".join(p.text for p in claim.premises).lower()
    limits = any(re.search(rf"\b{q}\b", told) for q in QUALIFIERS)
    for phrase in QUALIFIERS:
        match = re.search(rf"(?<![\w-]){phrase} ", claim.sentence)
        if (
            match
            and limits
            and not claim.sentence[: match.start()].lower().endswith(("no ", "not "))
        ):
            yield claim.sentence[: match.start()] + claim.sentence[match.end() :]
    for weak, strong in STRONGER:
        if match := re.search(rf"(?<![\w-]){weak}(?![\w-])", claim.sentence):
            yield claim.sentence[: match.start()] + strong + claim.sentence[match.end() :]


def _role(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    """Two figures, two names, or the sides of "from … to", "X, not Y" in each other's place."""
    sentence = claim.sentence
    own = figures(sentence)
    for left, right in itertools.pairwise(own):
        if _exchangeable(left, right):
            yield _exchanged(sentence, left.start, left.end, right.start, right.end)
    names = list(_NAME.finditer(sentence))
    for first, second in itertools.pairwise(names):
        between = sentence[first.end() : second.start()]
        if first[0] != second[0] and not re.fullmatch(r",? (?:and|or|&) |, ", between):
            yield _exchanged(sentence, *first.span(), *second.span())
    for pattern in (
        r"\bfrom ([A-Za-z-]+(?: [A-Za-z-]+)?) to ([A-Za-z-]+(?: [A-Za-z-]+)?)",
        r"\b([\w’'-]+(?: \w+)?),? (?:not|rather than|instead of) (?:the |an? )?([\w’'-]+(?: \w+)?)",
        r"\b([A-Za-z’'-]+) (?:before|after|replaced|beat) (?:the |an? )?([A-Za-z’'-]+)(?=[ ,.])",
    ):
        for match in re.finditer(pattern, sentence):
            if match[1].lower() != match[2].lower():
                yield _exchanged(sentence, *match.span(1), *match.span(2))


def _exchanged(text: str, start: int, end: int, then: int, last: int) -> str:
    return text[:start] + text[then:last] + text[end:then] + text[start:end] + text[last:]


def _invention(claim: Claim, chance: random.Random, tails: Pool) -> Iterator[str]:
    """A clause or an adjective that the evidence does not say."""
    told = " ".join([*(p.read for p in claim.premises), claim.question, claim.sentence])
    known = stems(told)
    own = [t for p in claim.neighbours for t in _TAIL.findall(p.text) if len(t.split()) < 14]
    chosen = [
        *chance.sample(own, min(2, len(own))),
        *chance.sample(list(tails), min(3, len(tails))),
        *chance.sample(ADDED_CLAUSES, 2),
    ]
    body = claim.sentence.rstrip(".")
    for clause in chosen:
        words = stems(clause)
        if words and len(words & known) <= len(words) / 3:
            yield f"{body}{clause}."
    places = list(re.finditer(r"\b(?:the|a|an) (?=[a-z])", claim.sentence))
    for match in chance.sample(places, min(2, len(places))):
        adjective = chance.choice(ADJECTIVES)
        if not stems(adjective) & known:
            article = match[0]
            if article in {"a ", "an "}:
                article = "an " if adjective[0] in "aeiou" else "a "
            yield (
                claim.sentence[: match.start()]
                + article
                + adjective
                + " "
                + (claim.sentence[match.end() :])
            )


_Maker = Callable[[Claim, random.Random, Pool], Iterator[str]]
_KINDS: dict[str, _Maker] = {
    "figure": _figure,
    "unit": _unit,
    "negation": _negation,
    "direction": _direction,
    "entity": _entity,
    "word": _word,
    "scope": _scope,
    "qualifier": _qualifier,
    "role": _role,
    "invention": _invention,
}
KINDS = tuple(_KINDS)

"""The gate's judgement: which units of evidence support a sentence, if any do.

What is certain comes first: a sentence in a unit's own words is supported, one with a figure or a
name that stands nowhere is not. The rest is a fitted score (`gate.json`; `pincite train gate`
fits it) over the signals of `signals`. Knows nothing of drafts or generators.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from chat.figures import figures
from chat.judge import Judge, Pair
from chat.signals import Said, SupportSignals, signals, unnamed, unsupported_figures
from chat.wording import stems
from retrieval.errors import ModelDamaged
from retrieval.reranker import TokenMemory

COEFFICIENTS = Path(__file__).with_name("gate.json")

_MOST = 3  # units that a sentence may need together
# Without a fitted score, the share of a sentence's words that units or question hold.
_LITERAL = 0.9
# Where a clause may begin and end that is quoted alone: what follows must not take it back.
_BEGINS = re.compile(r"^$|[;.] $|, (?:and |while |whereas )$")
_ENDS = re.compile(r"$|[;.]|, (?:and|while|whereas|which) ")


class Unit(Protocol):
    """A unit of evidence: its own words, and these in their context."""

    @property
    def text(self) -> str:
        """Its own words."""
        ...

    @property
    def read(self) -> str:
        """Context and words."""
        ...


@dataclass(frozen=True, slots=True)
class Support:
    """The units that support a sentence, by place, fewest that do; none: it is not supported.

    `score` is the best log odds over the operating point: at or above 0 it is supported. `reason`
    says what decided: "quoted", "figure", "name" or "score".
    """

    units: tuple[int, ...]
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """A logistic model of signals: `weights` in the order of their fields; supported from
    `threshold` log odds."""

    bias: float
    weights: tuple[float, ...]
    threshold: float

    def over(self, found: SupportSignals) -> float:
        """Log odds above the threshold."""
        values: tuple[float, ...] = astuple(found)
        total = sum(w * v for w, v in zip(self.weights, values, strict=True))
        return float(self.bias + total - self.threshold)


def fits(encoder_sha256: str) -> bool:
    """Whether the model in `gate.json` was fitted to an encoder."""
    return bool(_body()["encoder_sha256"] == encoder_sha256)


def fitted(judge: str) -> Score:
    """The model in `gate.json`.

    Raises:
        ModelDamaged: it was fitted to another judge.
    """
    body = _body()
    if body["judge"] != judge:
        raise ModelDamaged(
            f"the gate's score was fitted to {body['judge']}, not to {judge}; run: pincite train "
            "gate --no-judge"
        )
    weights = tuple(float(body["weights"][field.name]) for field in fields(SupportSignals))
    return Score(float(body["bias"]), weights, float(body["threshold"]))


@cache
def _body() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return body


def zero() -> Score:
    """A model that weighs nothing, to fit another with."""
    return Score(0.0, (0.0,) * len(fields(SupportSignals)), 0.0)


class Gate:
    """Decides whether units support a sentence.

    Args:
        memory: token vectors, of the encoder that the score was fitted with.
        score: what weighs the signals; without one a sentence must keep to the units' own words.
        judge: whose verdicts are among the signals, if any.
    """

    def __init__(
        self, memory: TokenMemory, score: Score | None = None, judge: Judge | None = None
    ) -> None:
        self._memory = memory
        self._score = score
        self._judge = judge

    @classmethod
    def of(cls, memory: TokenMemory, judge: Judge) -> "Gate":
        """The gate that was fitted to a judge. Raises what `fitted` raises."""
        return cls(memory, fitted(judge.name), judge)

    def check(self, sentence: str, question: str, units: Sequence[Unit]) -> Support:
        """Which of the units support a sentence that answers a question."""
        ruling = self.rule(sentence, question, units)
        if ruling:
            return ruling
        best = -math.inf
        for chosen, found in self.weighed(sentence, question, units):
            over = self._over(found)
            if over >= 0:
                return Support(chosen, over, "score")
            best = max(best, over)
        return Support((), best, "score")

    def rule(self, sentence: str, question: str, units: Sequence[Unit]) -> Support | None:
        """What is certain without a score, if anything is."""
        for place, unit in enumerate(units):
            if _quotes(sentence, unit.text):
                return Support((place,), math.inf, "quoted")
        read = tuple(unit.read for unit in units)
        if unsupported_figures(Said(sentence, question, read)):
            return Support((), -math.inf, "figure")
        if unnamed(sentence, " ".join([question, *read])):
            return Support((), -math.inf, "name")
        return None

    def weighed(
        self, sentence: str, question: str, units: Sequence[Unit]
    ) -> list[tuple[tuple[int, ...], SupportSignals]]:
        """The signals for the unit that is closest to a sentence, for this and the next, and so
        on, fewest first."""
        order = _aligned(sentence, question, units)
        chosen = [tuple(sorted(order[: size + 1])) for size in range(len(order))]
        # On one line each, as the judge was taught.
        read = [" ".join(unit.read.split()) for unit in units]
        texts = [tuple(read[place] for place in places) for places in chosen]
        verdicts = (
            self._judge.verdicts([Pair(question, sentence, told) for told in texts])
            if self._judge
            else [(0.0, 0.0)] * len(texts)
        )
        return [
            (places, signals(Said(sentence, question, told), verdict, self._memory))
            for places, told, verdict in zip(chosen, texts, verdicts, strict=True)
        ]

    def _over(self, found: SupportSignals) -> float:
        if self._score:
            return self._score.over(found)
        literal = found.covered >= _LITERAL and found.told > 0 and found.fit >= 0
        against = found.turned + found.opposites + found.dropped + found.added + found.negation
        return 0.0 if literal and not against else -1.0


def _quotes(sentence: str, text: str) -> bool:
    """Whether a sentence is a unit, or a clause of it that no condition follows."""
    said, unit = _plain(sentence), _plain(text)
    start = unit.lower().find(said.lower()) if said else -1
    if start < 0 or len(said.split()) < 4:
        return said == unit
    before, after = unit[:start], unit[start + len(said) :]
    return bool(_BEGINS.search(before)) and bool(_ENDS.match(after))


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".;")


def _aligned(sentence: str, question: str, units: Sequence[Unit]) -> list[int]:
    """Places of the units in the order in which they add most of the sentence's words and
    figures, at most three; a unit that adds nothing is left out."""
    said, asked = stems(sentence), stems(question)
    there, own = [stems(unit.read) for unit in units], [stems(unit.text) for unit in units]
    open_words, open_figures = set(said), list(figures(sentence))
    held = [figures(unit.read) for unit in units]
    order: list[int] = []

    def gain(place: int) -> tuple[float, float]:
        got = sum(any(f.equals(g) for g in held[place]) for f in open_figures)
        near = 2 * len(said & own[place]) / max(1, len(said) + len(own[place]))
        shared = len(open_words & there[place]) + 0.1 * len(asked & own[place])
        return 2 * got + shared + near, near

    while len(order) < min(_MOST, len(units)):
        left = [place for place in range(len(units)) if place not in order]
        best = max(left, key=gain)
        if order and gain(best)[0] < 1:
            break
        order.append(best)
        open_words -= there[best]
        open_figures = [f for f in open_figures if not any(f.equals(g) for g in held[best])]
    return order

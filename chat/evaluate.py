"""Answers judged against gold facts: what readers get, how often it is right, when it is silent.

No model is a judge: an answer is correct if it holds every gold fact in one of its spellings and
no forbidden one. Knows nothing of how answers are made.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from chat.answer import Answer
from chat.chatbot import Chatbot
from chat.question import Turn
from retrieval.errors import BadDataset

_MARKER = re.compile(r"\[(\d+)\]")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its gold: `facts` are groups of spellings, each of which an answer must
    hold once; it must hold none of `forbidden`. No facts: the documents do not say."""

    id: str
    kind: str
    question: str
    history: tuple[Turn, ...]
    answerable: bool
    facts: tuple[tuple[str, ...], ...]
    forbidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case got. `seconds` is the whole answer, `first` the first verified sentence (or the
    refusal)."""

    case: Case
    answer: Answer
    correct: bool
    inexact: int
    dangling: int
    seconds: float
    first: float


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """The outcomes of a set of questions, and what they come to; shares are in [0, 1]."""

    generator: str
    outcomes: tuple[Outcome, ...]

    def measures(self) -> dict[str, float]:
        """Every measure by name; a share of nothing is left out."""
        asked = [o for o in self.outcomes if o.case.answerable]
        unanswerable = [o for o in self.outcomes if not o.case.answerable]
        refused = [o for o in self.outcomes if not o.answer.answered]
        sentences = [s for o in self.outcomes for s in o.answer.sentences]
        shares = {
            "correct": [o.correct for o in asked],
            "false_refusal": [not o.answer.answered for o in asked],
            "refusal_recall": [not o.answer.answered for o in unanswerable],
            "refusal_precision": [not o.case.answerable for o in refused],
            "composed_sentences": [not sentence.quoted for sentence in sentences],
        }
        counts = {
            "citations": sum(len(o.answer.citations) for o in self.outcomes),
            "inexact_citations": sum(o.inexact for o in self.outcomes),
            "dangling_markers": sum(o.dangling for o in self.outcomes),
            "uncited_sentences": sum(not sentence.citations for sentence in sentences),
        }
        times = {
            "first_s_p50": _percentile([o.first for o in self.outcomes], 50),
            "seconds_p50": _percentile([o.seconds for o in self.outcomes], 50),
            "seconds_p95": _percentile([o.seconds for o in self.outcomes], 95),
        }
        means = {name: float(np.mean(values)) for name, values in shares.items() if values}
        return {**means, **counts, **times}

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """For each kind of question, how many were handled rightly, and of how many."""
        kinds: dict[str, list[bool]] = defaultdict(list)
        for outcome in self.outcomes:
            kinds[outcome.case.kind].append(outcome.correct)
        return {kind: (sum(right), len(right)) for kind, right in kinds.items()}

    def failures(self) -> list[Outcome]:
        """The outcomes that are wrong, in the order of the questions."""
        return [outcome for outcome in self.outcomes if not outcome.correct]


def load_cases(folder: Path, split: str) -> list[Case]:
    """Read `queries.jsonl` and `answers.jsonl` of an evaluation folder.

    Raises:
        BadDataset: a file is missing or malformed, or the split is empty.
    """
    try:
        golds = {row["_id"]: row for row in _rows(folder / "answers.jsonl")}
        cases = [
            _case(row, golds[row["_id"]])
            for row in _rows(folder / "queries.jsonl")
            if row["metadata"]["split"] == split
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadDataset(f"{folder} has no readable answers ({error!r})") from error
    if not cases:
        raise BadDataset(f"{folder} has no questions of the split {split!r}; name dev or test")
    return cases


def evaluate_answers(
    chatbot: Chatbot, cases: Sequence[Case], progress: Progress = lambda done, total: None
) -> AnswerReport:
    """Ask every question, one after the other."""
    outcomes = []
    progress(0, len(cases))
    for done, case in enumerate(cases, start=1):
        outcomes.append(_outcome(chatbot, case))
        progress(done, len(cases))
    return AnswerReport(chatbot.models.generator, tuple(outcomes))


def as_json(report: AnswerReport) -> dict[str, Any]:
    """A report for other programs: measures, kinds and failures."""
    return {
        "generator": report.generator,
        "questions": len(report.outcomes),
        "measures": {name: round(value, 4) for name, value in report.measures().items()},
        "by_kind": {kind: list(counts) for kind, counts in report.by_kind().items()},
        "failures": [
            {
                "id": outcome.case.id,
                "kind": outcome.case.kind,
                "question": outcome.case.question,
                "answer": outcome.answer.answer,
                "confidence": outcome.answer.confidence,
                "facts": [list(group) for group in outcome.case.facts],
            }
            for outcome in report.failures()
        ],
    }


def is_correct(case: Case, answer: Answer) -> bool:
    """Whether an answer says every gold fact and nothing forbidden, or rightly refuses."""
    if not case.answerable:
        return not answer.answered
    text = answer.answer.casefold()
    holds = all(any(spelling.casefold() in text for spelling in group) for group in case.facts)
    return answer.answered and holds and not any(f.casefold() in text for f in case.forbidden)


def inexact_citations(answer: Answer, texts: dict[str, str]) -> int:
    """Citations whose quote is not the document's text at their offsets."""
    return sum(
        citation.quote != texts[citation.document_id][citation.start : citation.end]
        or not citation.quote.strip()
        for citation in answer.citations
    )


def dangling_markers(answer: Answer) -> int:
    """Markers without a citation, citations without a marker, and numbers out of order.

    A refusal may not have any. Markers are looked for where the system put them, at the ends of
    sentences; brackets in a document's own words are not markers.
    """
    expected = [citation.marker for sentence in answer.sentences for citation in sentence.citations]
    first_seen = list(dict.fromkeys(expected))
    numbered = list(range(1, len(answer.citations) + 1))
    cited = [citation.marker for citation in answer.citations]
    written = [int(number) for number in _MARKER.findall(answer.answer)]
    missing = sum(marker not in written for marker in cited)
    return missing + (cited != numbered) + (first_seen != numbered)


def _outcome(chatbot: Chatbot, case: Case) -> Outcome:
    began = perf_counter()
    first = 0.0
    answer: Answer | None = None
    for number, event in enumerate(chatbot.stream(case.question, case.history)):
        if number == 1:
            first = perf_counter() - began
        answer = event if isinstance(event, Answer) else None
    assert answer is not None
    texts = {name: document.text for name, document in chatbot.documents.items()}
    return Outcome(
        case=case,
        answer=answer,
        correct=is_correct(case, answer),
        inexact=inexact_citations(answer, texts),
        dangling=dangling_markers(answer),
        seconds=perf_counter() - began,
        first=first,
    )


def _case(row: dict[str, Any], gold: dict[str, Any]) -> Case:
    history = row["metadata"].get("history") or []
    return Case(
        id=row["_id"],
        kind=row["metadata"]["kind"],
        question=row["text"],
        history=tuple(Turn(turn["role"], turn["content"]) for turn in history),
        answerable=bool(gold["answered"]),
        facts=tuple(tuple(group) for group in gold["facts"]),
        forbidden=tuple(gold["forbidden"]),
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _percentile(values: Sequence[float], percent: float) -> float:
    return float(np.percentile(values, percent)) if values else 0.0

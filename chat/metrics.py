"""What an operator wants to see, in Prometheus' words: answers, what the gate replaced, times.

Knows nothing of HTTP. Nothing that is counted tells what was asked.
"""

from dataclasses import asdict

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from chat.answer import Answer

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Seconds; an answer takes one or two, and a composed one a few more.
_BUCKETS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0)


class Metrics:
    """Counts since the start; of one service, so that two in a process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "pincite_answers",
            "Questions answered, by how: answered, or why not.",
            ["outcome"],
            registry=self._registry,
        )
        self._sentences = Counter(
            "pincite_sentences",
            "Sentences shown: quoted, composed, or in the place of one that the gate refused.",
            ["kind"],
            registry=self._registry,
        )
        self._turned_away = Counter(
            "pincite_turned_away",
            "Questions that found the line full.",
            registry=self._registry,
        )
        self._seconds = Histogram(
            "pincite_step_seconds",
            "Time of each step of an answer, and of the whole.",
            ["step"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._waiting = Gauge(
            "pincite_questions_in_line",
            "Questions being answered or waiting.",
            registry=self._registry,
        )
        self._holds = Gauge(
            "pincite_index_size", "What can be asked.", ["of"], registry=self._registry
        )

    def answered(self, answer: Answer) -> None:
        """Count a whole answer."""
        self._answers.labels(answer.reason or "answered").inc()
        replaced = {one.shown for one in answer.trace.replaced}
        for sentence in answer.sentences:
            kind = "quoted" if sentence.quoted else "composed"
            self._sentences.labels("replaced" if sentence.text in replaced else kind).inc()
        for step, milliseconds in asdict(answer.timings_ms).items():
            if milliseconds:  # otherwise the step was not needed
                self._seconds.labels(step).observe(milliseconds / 1000)

    def failed(self) -> None:
        """Count a question whose answer broke."""
        self._answers.labels("failed").inc()

    def turned_away(self) -> None:
        """Count a question that found the line full."""
        self._turned_away.inc()

    def line(self, change: int) -> None:
        """Somebody joined the line, or left it."""
        self._waiting.inc(change)

    def text(self, documents: int, passages: int) -> bytes:
        """Everything in Prometheus' text format, with what can be asked now."""
        self._holds.labels("documents").set(documents)
        self._holds.labels("passages").set(passages)
        return generate_latest(self._registry)

"""Evaluations of a running service, and the reports that were kept.

Measures with the chatbot that is loaded, in its turn, so that readers go on asking. Decides
nothing of how measures are made.
"""

import json
import logging
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat.answer import Event
from chat.errors import Busy
from chat.settings import Settings
from chat.steps import steps_of
from ui.answering import JudgedAnswers
from ui.bench import ALL, Bench, questions_about
from ui.cli_evaluate import EVALUATION
from ui.outputs import Outputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chat.chatbot import Chatbot
    from chat.question import Turn
    from chat.service import Service
    from ingest.document import Document

log = logging.getLogger(__name__)

SPLIT = "dev"  # the test questions are for a last look, not for a button
_running = threading.Lock()


@dataclass(frozen=True, slots=True)
class SavedReport:
    """A report that was kept: its JSON, and its page if there is one.

    `made` is the time that it tells (UTC, ISO 8601), or empty.
    """

    path: Path
    html: Path | None
    made: str
    dataset: str
    split: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """How far an evaluation is; the last one has the report."""

    done: int
    total: int
    label: str
    report: SavedReport | None = None


def latest_reports(folder: Path) -> list[SavedReport]:
    """The reports in a folder, newest first; what is no report is passed over."""
    paths = sorted(folder.glob("*.json"), key=lambda path: path.name, reverse=True)
    reports = [report for report in map(_saved, paths) if report]
    return sorted(reports, key=lambda report: report.made, reverse=True)


def start_evaluation(
    service: "Service", settings: Settings, folder: Path = EVALUATION, split: str = SPLIT
) -> Iterator[EvaluationProgress]:
    """Measure retrieval and answers on questions about the service's index, and keep a report.

    Closing the iterator stops it, and keeps nothing.

    Raises:
        NotReady: the service has no chatbot yet.
        Busy: another evaluation runs.
        BadDataset: the questions cannot be read, or are not about this index.
        BadReport: the report cannot be written.
    """
    with _only_one():
        chatbot = service.chatbot

        def work(tell: Callable[[EvaluationProgress], None]) -> EvaluationProgress:
            return _evaluate(service, chatbot, settings, folder, split, tell)

        done = yield from steps_of(work)
        yield done


def _evaluate(
    service: "Service",
    chatbot: "Chatbot",
    settings: Settings,
    folder: Path,
    split: str,
    tell: Callable[[EvaluationProgress], None],
) -> EvaluationProgress:
    """Measure, and write the report that the last step has."""
    from chat.cases import load_cases, located
    from chat.correctness import BY_FACTS
    from chat.evaluate import AnswerReport, Asked, evaluate_answers, peak_megabytes
    from retrieval.evaluate import DEFAULT, evaluate_retrieval
    from retrieval.search import SYSTEMS

    # 1. Whatever may be wrong is found before the long part.
    outputs = Outputs(None, None, None, None).or_dated(settings.reports)
    assert outputs.json
    outputs.prepare()
    cases = located(load_cases(folder, split), chatbot.documents)
    dataset = questions_about(chatbot.index, folder, split)
    indexes = {ALL: chatbot.index}
    bench = Bench(settings, dataset, indexes, chatbot.encoder, chatbot.reranker, cases=cases)
    searches = len(SYSTEMS) * len(dataset.queries)
    total = searches + len(cases)

    # 2. Measure, and write.
    found = evaluate_retrieval(
        dataset,
        bench.find,
        SYSTEMS,
        default=DEFAULT,
        progress=lambda done, _: tell(EvaluationProgress(done, total, "searching")),
    )
    asked = Asked(_InTurn(chatbot, service), _InTurn(chatbot.insistent(), service))
    outcomes = evaluate_answers(
        cases,
        lambda case: asked,
        progress=lambda done, _: tell(EvaluationProgress(searches + done, total, "answering")),
    )
    report = AnswerReport(chatbot.models.generator, BY_FACTS, outcomes, peak_megabytes())
    tell(EvaluationProgress(total, total, "writing the report"))
    outputs.write(bench, found, judged=JudgedAnswers(report))
    return EvaluationProgress(total, total, "done", _saved(outputs.json))


class _InTurn:
    """A chatbot whose answers wait for those that readers asked for."""

    def __init__(self, chatbot: "Chatbot", service: "Service") -> None:
        self._chatbot = chatbot
        self._service = service

    @property
    def documents(self) -> "Mapping[str, Document]":
        """The documents that can be asked, by id."""
        return self._chatbot.documents

    def stream(
        self,
        question: str,
        history: "Sequence[Turn]" = (),
        top_k: int | None = None,
        documents: "Sequence[str] | None" = None,
    ) -> Generator[Event, None, None]:
        """`Chatbot.stream`, in its turn."""
        with self._service.turn():
            yield from self._chatbot.stream(question, history, top_k, documents)


@contextmanager
def _only_one() -> Iterator[None]:
    if not _running.acquire(blocking=False):
        raise Busy("an evaluation is running already; wait for its report")
    try:
        yield
    finally:
        _running.release()


def _saved(path: Path) -> SavedReport | None:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        html = path.with_suffix(".html")
        return SavedReport(
            path,
            html if html.exists() else None,
            str(body.get("about", {}).get("made", "")),
            body["dataset"],
            body["split"],
            body,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.info("%s is no report and is passed over: %r", path, error)
        return None

"""The answers part of the evaluate command: builds the chatbots, asks them, and compares.

Decides nothing of how answers are judged. Heavy libraries are imported inside, so that `--help` is
instant.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rich.console import Console

from ui.bench import Bench
from ui.terminal import progress_bar, quiet_libraries, say, show_answer_comparison, show_answers

if TYPE_CHECKING:
    from chat.cases import Case
    from chat.compare import AnswerComparison, EarlierAnswers
    from chat.evaluate import AnswerReport, Asked

_LAYERS = ("ingest", "retrieval", "chat")  # what an answer depends on

_out = Console()
_err = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class JudgedAnswers:
    """Judged answers, and how they differ from those of an earlier run, where one is named."""

    report: "AnswerReport"
    comparison: "AnswerComparison | None" = None


def answer_all(bench: Bench, earlier: "EarlierAnswers | None", fresh: bool) -> JudgedAnswers:
    """Ask every question of a bench, show what came of it, and compare it."""
    from chat.compare import compare_answers
    from chat.correctness import BY_FACTS, BY_GOLD_ANSWER
    from chat.evaluate import AnswerJournal, AnswerReport, evaluate_answers, peak_megabytes

    chatbots = Chatbots(bench)
    folder = bench.settings.cache / "evaluation" / "journals"
    with AnswerJournal(folder / f"{bench.key(_LAYERS)}-answers.jsonl", fresh) as journal:
        if journal.resumed:
            say(
                _err,
                f"going on after {journal.resumed} answers of an interrupted run (--fresh forgets)",
            )
        with progress_bar(_err, "answering") as progress:
            outcomes = evaluate_answers(bench.cases, chatbots.asked, journal, progress)
        by_gold_answer = any(case.gold_answer for case in bench.cases)
        report = AnswerReport(
            chatbots.generator,
            BY_GOLD_ANSWER if by_gold_answer else BY_FACTS,
            outcomes,
            peak_megabytes(),
        )
    show_answers(_out, report)
    if earlier is None:
        return JudgedAnswers(report)
    comparison = compare_answers(report, earlier)
    show_answer_comparison(_out, comparison)
    return JudgedAnswers(report, comparison)


class Chatbots:
    """Chatbots of the settings' models, one pair for each index, made when first asked."""

    def __init__(self, bench: Bench) -> None:
        from chat.models import ModelMaker
        from retrieval.reranker import TokenMemory

        # A memory of its own: what the search before has read would make answers look faster.
        self._bench = bench
        with quiet_libraries():
            self._models = ModelMaker(bench.settings).all(TokenMemory(bench.encoder))
        self._of = cache(self._made)

    @property
    def generator(self) -> str:
        """The name of what composes."""
        return self._models.generator.name

    def asked(self, case: "Case") -> "Asked":
        """Who answers a question."""
        return self._of(case.document)

    def _made(self, document: str) -> "Asked":
        from chat.chatbot import Chatbot
        from chat.evaluate import Asked

        chatbot = Chatbot.of(self._bench.index_of(document), self._models, self._bench.settings)
        return Asked(usual=chatbot, insistent=chatbot.insistent())

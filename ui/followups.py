"""`pincite follow-ups`: how well follow-ups are completed, as tables and JSON.

Decides nothing of how measures are made. Heavy libraries are imported inside, so that `--help` is
instant.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from chat.settings import Settings
from ui.numbers import measured, share
from ui.options import JsonOption
from ui.terminal import progress_bar, quiet_libraries, say

if TYPE_CHECKING:
    from chat.following import FollowUpReport

CASES = Path("corpus/evaluation/followups.jsonl")

_out = Console()
_err = Console(stderr=True)


def follow_ups(
    cases: Annotated[
        Path, typer.Argument(help="Cases, or judged documents such as corpus/training/dev.jsonl.")
    ] = CASES,
    split: Annotated[str, typer.Option(help="dev or test, of cases.")] = "dev",
    as_json: JsonOption = False,
) -> None:
    """Measure how follow-ups are completed: retrieval with the rewrite against the raw question
    and the gold rewrite, and which questions change the topic.

    Each question is asked of its own document. Judged documents' other
    questions count as changes of topic.

    Example: pincite follow-ups --split test --json
    """
    from chat import following
    from chat.models import ModelMaker
    from chat.question import standalone_question
    from retrieval.encoder import SentenceEncoder
    from retrieval.reranker import TokenMemory

    settings = Settings.load()
    others: list[following.FollowUp] = []
    if cases.name == CASES.name:
        asked = following.read_follow_ups(cases, split)
    else:
        asked, others = following.judged_follow_ups(cases)
    with quiet_libraries():
        encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
    memory = TokenMemory(encoder)
    reranker = ModelMaker(settings).reranker(memory)
    with progress_bar(_err, "asking") as progress:
        report = following.measure_follow_ups(
            asked, others, standalone_question, memory, reranker, progress=progress
        )
    if as_json:
        typer.echo(json.dumps(following.as_json(report), indent=2, ensure_ascii=False))
    else:
        _show(report)


def _show(report: "FollowUpReport") -> None:
    table = Table(
        "system",
        "question",
        "R@1",
        "R@5",
        "RR@10",
        box=SIMPLE_HEAD,
        title=f"{len(report.rewrites)} questions after a history",
        caption="95% bootstrap intervals",
    )
    for system, forms in report.searched.items():
        for form, measures in forms.items():
            table.add_row(
                system, form, *(measured(m).replace("[", r"\[") for m in measures.values())
            )
    _out.print(table)
    gate = report.gate
    say(
        _out,
        f"of {gate.leaning} that lean on the history, {share(gate.recall)} were completed; of "
        f"{gate.topic_changes} that change the topic, {share(gate.kept)} were left as they are; "
        f"precision of completing {share(gate.precision)}",
    )

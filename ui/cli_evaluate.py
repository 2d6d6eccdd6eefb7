"""The evaluate command: opens what is measured, measures, shows, writes, and compares.

Decides nothing of how measures are made. Heavy libraries are imported inside, so that `--help` is
instant.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from chat.settings import Settings
from ui.answering import answer_all
from ui.bench import Bench, is_judged, open_bench
from ui.gate import evaluate_gate
from ui.options import Exit, GeneratorOption, IndexOption
from ui.outputs import Outputs
from ui.terminal import (
    progress_bar,
    say,
    show_comparison,
    show_front,
    show_retrieval,
)

if TYPE_CHECKING:
    from retrieval.compare import Comparison, Earlier
    from retrieval.evaluate import Find, RetrievalReport
    from retrieval.journal import Journal
    from retrieval.runs import Run

EVALUATION = Path("corpus/evaluation")

_out = Console()
_err = Console(stderr=True)


def evaluate(
    dataset: Annotated[
        Path,
        typer.Argument(
            help="BEIR folder, questions about what is indexed, or a file of judged documents."
        ),
    ] = EVALUATION,
    index: IndexOption = None,
    split: Annotated[
        str | None, typer.Option(help="Which qrels; dev if there is one, otherwise test.")
    ] = None,
    system: Annotated[
        list[str] | None,
        typer.Option("--system", help="Only this system, such as hybrid; repeatable."),
    ] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option("--run", help="A TREC run made elsewhere, as one more system; repeatable."),
    ] = None,
    sweep: Annotated[
        Path | None,
        typer.Option(help="TOML of lists; measures every combination instead of the systems."),
    ] = None,
    answers: Annotated[
        bool,
        typer.Option(
            "--answers", help="Judge answers, too (of judged documents, or answers.jsonl)."
        ),
    ] = False,
    gate: Annotated[
        bool, typer.Option("--gate", help="Measure what the gate catches, and nothing else.")
    ] = False,
    generator: GeneratorOption = None,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json",
            help="Write everything for other programs; if left out, into the folder of reports.",
            dir_okay=False,
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with plots and failures.", dir_okay=False)
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the table for a README.", dir_okay=False)
    ] = None,
    write_runs: Annotated[
        Path | None, typer.Option(help="Folder for SYSTEM.run and qrels.txt, for trec_eval.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="An earlier --json file; tells what fell beyond noise.")
    ] = None,
    fail_on_regression: Annotated[
        bool,
        typer.Option(
            "--fail-on-regression",
            help="Exit with 1 if nDCG@10, R@5 or RR@10 of the default system, or with --answers "
            "correct, refusal_recall or citation_precision, fell beyond noise.",
        ),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget what an interrupted run has found.")
    ] = False,
) -> None:
    """Measure retrieval, and answers, offline.

    A BEIR folder (corpus.jsonl, queries.jsonl, qrels/) is indexed once, in
    the cache, and searched. Without corpus.jsonl the qrels name sections of
    what is in --index. A file of judged documents, such as those in
    corpus/training, asks each question of its own document alone. An
    interrupted run goes on where it was.

    Examples:

      pincite evaluate

      pincite evaluate --split test --answers

      pincite evaluate corpus/training/dev.jsonl --answers --html report.html

      pincite evaluate --split test --gate

      pincite evaluate ~/beir/scifact --html report.html --json before.json

      pincite evaluate --compare before.json --fail-on-regression

      pincite evaluate --write-runs runs/ --run theirs.run

      pincite evaluate --sweep corpus/evaluation/sweep.toml --html sweep.html

    A sweep lists any of encoder, passage_tokens, overlap, dense_weight,
    rerank_depth (0 reranks nothing) and rerank_weight.

    Exit codes: 0 done, 1 failed or fell (--fail-on-regression), 2 wrong usage.
    """
    from chat.compare import answer_regressions, check_same_cases, earlier_answers
    from retrieval.compare import check_guarded, check_same, load_earlier, regressions
    from retrieval.evaluate import DEFAULT
    from retrieval.runs import check_names, read_run
    from retrieval.sweep import read_sweep

    # 1. Whatever may be wrong is found before the long part.
    systems = _systems(system)
    settings = Settings.load(index=index, generator=generator)
    if gate:
        evaluate_gate(settings, split or "dev", json_file)
        return
    if sweep and (system or fail_on_regression):
        raise typer.BadParameter("--sweep goes with neither --system nor --fail-on-regression")
    if is_judged(dataset) and (sweep or split):
        raise typer.BadParameter("a file of judged documents goes with neither --sweep nor --split")
    configurations = read_sweep(sweep, settings.encoder) if sweep else {}
    outputs = Outputs(json_file, html, markdown, write_runs).or_dated(settings.reports)
    outputs.prepare()
    runs = [read_run(path) for path in run or ()]
    earlier = load_earlier(compare) if compare else None
    if fail_on_regression:
        if not earlier:
            raise typer.BadParameter("--fail-on-regression needs --compare EARLIER.json")
        check_guarded(earlier, DEFAULT, systems)
    before = earlier_answers(earlier.path, earlier.answers) if earlier and answers else None
    bench = open_bench(settings, dataset, split, answers)
    if earlier:
        check_same(bench.dataset, earlier)
    if before:
        check_same_cases(bench.cases, before)
    if write_runs:
        check_names([*bench.dataset.queries, *bench.dataset.texts])

    # 2. Measure, show and write; only then is the journal of the run removed.
    with _journal(bench, fresh) as journal:
        if configurations:
            from ui.sweeping import Sweep

            swept = Sweep(bench, configurations)
            report = _measure(bench, swept.find, swept.names, runs, journal, swept.default)
            show_front(_out, report)
        else:
            report = _measure(bench, bench.find, systems, runs, journal, DEFAULT)
        comparison = _compare(report, earlier)
        judged = answer_all(bench, before, fresh) if answers else None
        outputs.write(bench, report, comparison, judged)

    # 3. Judge.
    if not fail_on_regression:
        return
    fallen = {DEFAULT: regressions(comparison, DEFAULT) if comparison else ()}
    if judged and judged.comparison:
        fallen["answers"] = answer_regressions(judged.comparison)
    for name, measures in fallen.items():
        if measures:
            say(_err, f"{name} fell beyond noise: {', '.join(measures)}")
    if any(fallen.values()):
        raise typer.Exit(Exit.FAILED)


def _systems(named: Sequence[str] | None) -> list[str]:
    from retrieval.search import SYSTEMS

    for name in named or ():
        if name not in SYSTEMS:
            raise typer.BadParameter(f"{name} is not a system; choose from {', '.join(SYSTEMS)}")
    return list(dict.fromkeys(named or SYSTEMS))


def _journal(bench: Bench, fresh: bool) -> "Journal":
    from retrieval.journal import Journal

    path = bench.settings.cache / "evaluation" / "journals" / f"{bench.key()}.jsonl"
    journal = Journal(path, fresh)
    if journal.resumed:
        say(
            _err,
            f"going on after {journal.resumed} searches of an interrupted run (--fresh forgets)",
        )
    return journal


def _measure(
    bench: Bench,
    find: "Find",
    systems: Sequence[str],
    runs: "Sequence[Run]",
    journal: "Journal",
    default: str,
) -> "RetrievalReport":
    from retrieval.evaluate import evaluate_retrieval

    with progress_bar(_err, "searching") as progress:
        report = evaluate_retrieval(
            bench.dataset, find, systems, runs, default, journal=journal, progress=progress
        )
    show_retrieval(_out, report)
    return report


def _compare(report: "RetrievalReport", earlier: "Earlier | None") -> "Comparison | None":
    from retrieval.compare import compare

    if earlier is None:
        return None
    comparison = compare(report, earlier)
    show_comparison(_out, comparison)
    return comparison

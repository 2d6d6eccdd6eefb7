"""`pincite evaluate --gate` and `pincite train gate`: the gate's bench, shown, and its training.

Decides nothing of how a gate judges. Heavy libraries are imported inside.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from chat.settings import Settings
from ui.terminal import progress_bar, quiet_libraries

if TYPE_CHECKING:
    from chat.claims import Claim
    from chat.gate_bench import GateReport
    from retrieval.encoder import SentenceEncoder

TRAINING = Path("corpus/training")
_CURVE = (0.01, 0.02, 0.05, 0.1, 0.2)  # shares of false alarms that the curve is shown at

_out = Console()
_err = Console(stderr=True)


def evaluate_gate(settings: Settings, split: str, json_file: Path | None) -> None:
    """Print recall per kind of corruption, false alarms per kind of true sentence, the curve."""
    from chat.gate_bench import BENCH, as_json, measure, read_bench
    from chat.support import Gate
    from retrieval.encoder import SentenceEncoder
    from retrieval.reranker import TokenMemory

    rows = read_bench(BENCH / f"{split}.jsonl")
    with quiet_libraries():
        encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
    gate = Gate.of(TokenMemory(encoder))
    with progress_bar(_err, "checking") as progress:
        report = measure(gate, rows, progress)
    show_gate(_out, report)
    if json_file:
        body = as_json(report, split)
        json_file.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", "utf-8")


def show_gate(console: Console, report: "GateReport") -> None:
    """The report as two tables, and the curve as a line."""
    for title, shares in (
        ("corrupted sentences caught", report.recall()),
        ("false alarms on true sentences", report.false_alarms()),
    ):
        table = Table(title=title, title_justify="left")
        for heading in ("kind", "share", "95 % interval", "sentences"):
            table.add_column(heading, justify="left" if heading == "kind" else "right")
        for kind, (value, low, high, count) in shares.items():
            table.add_row(kind, f"{value:.3f}", f"{low:.3f} – {high:.3f}", str(count))
        console.print(table)
    curve = report.curve()
    points = [max((y for x, y in curve if x <= share), default=0.0) for share in _CURVE]
    console.print(
        "caught at other operating points: "
        + ", ".join(f"{y:.3f} at {x:.0%}" for x, y in zip(_CURVE, points, strict=True))
        + " false alarms",
        highlight=False,
    )
    console.print(f"{report.milliseconds:.1f} ms a sentence", highlight=False)


def train_gate(
    data: Annotated[Path, typer.Option(help="Folder with the files of questions.")] = TRAINING,
    caught: Annotated[
        float, typer.Option(min=0.5, max=1, help="Share of corrupted sentences to be caught.")
    ] = 0.95,
    judge: Annotated[
        bool, typer.Option("--judge/--no-judge", help="Train the judge, too, or do without.")
    ] = True,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the sentences.")] = None,
) -> None:
    """Build the gate's bench, train its judge, fit its score. Example: pincite train gate

    What was written by hand is read from corpus/evaluation/gate/written.jsonl.
    """
    from chat.gate_bench import BENCH, build, claims_of, read_written, write_bench
    from chat.gate_fitting import fit, weigh
    from chat.support import COEFFICIENTS, Gate, zero
    from retrieval.encoder import SentenceEncoder
    from retrieval.entailment import EntailmentJudge
    from retrieval.reranker import TokenMemory

    settings = Settings.load()
    claims = claims_of(data)
    written = read_written(BENCH / "written.jsonl")
    for split in ("dev", "test"):
        rows = build(claims[split], [one for one in written if one["split"] == split])
        write_bench(BENCH / f"{split}.jsonl", rows)
        typer.echo(f"{split}: {len(rows)} sentences, {sum(row.supported for row in rows)} true")
    encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
    if judge:
        _train_judge(encoder, claims["train"], epochs)
    memory = TokenMemory(encoder)
    gate = Gate(memory, zero(), EntailmentJudge(memory) if judge else None)
    with progress_bar(_err, "weighing") as progress:
        weighed = weigh(
            gate, build(claims["dev"], [w for w in written if w["split"] == "dev"]), progress
        )
    body = {"encoder_sha256": encoder.sha256, **fit(weighed, caught)}
    COEFFICIENTS.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    for name, value in body["cross_validated"].items():
        typer.echo(f"{name:20} {value}")
    typer.echo(f"written to {COEFFICIENTS}")


def _train_judge(encoder: "SentenceEncoder", claims: "Sequence[Claim]", epochs: int | None) -> None:
    from chat.gate_data import Lessons
    from retrieval.entailing import EntailmentRecipe, Example, save, train
    from retrieval.reranker import WEIGHTS, TokenMemory

    recipe = EntailmentRecipe()
    recipe = replace(recipe, epochs=epochs or recipe.epochs)
    # An epoch's sentences are many more than the memory keeps, and most come again in the next.
    rows = [Example(*row) for row in Lessons(claims, recipe.seed).epoch(0)]
    memory = TokenMemory(encoder, kept=1_000_000)
    with progress_bar(_err, "training") as progress:
        network = train(memory, lambda epoch: rows, recipe, progress)
    described = {"recipe": asdict(recipe), "trained_on": {"sentences": len(rows)}}
    save(WEIGHTS, network, encoder, recipe.width, described)

"""`pincite evaluate --gate` and `pincite train gate`: the gate's bench, shown, and its training.

Decides nothing of how a gate judges. Heavy libraries are imported inside.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chat.settings import Settings
from ui.terminal import progress_bar, quiet_libraries

if TYPE_CHECKING:
    from chat.claims import Claim
    from chat.gate_bench import GateReport
    from chat.smollm2 import Base

TRAINING = Path("corpus/training")
_CURVE = (0.01, 0.02, 0.05, 0.1, 0.2)  # shares of false alarms that the curve is shown at

_out = Console()
_err = Console(stderr=True)


def evaluate_gate(settings: Settings, split: str, json_file: Path | None) -> None:
    """Print recall per kind of corruption, false alarms per kind of true sentence, the curve."""
    from chat.gate_bench import BENCH, as_json, measure, read_bench
    from chat.judge import AdaptedJudge
    from chat.support import Gate
    from retrieval.encoder import SentenceEncoder
    from retrieval.reranker import TokenMemory

    rows = read_bench(BENCH / f"{split}.jsonl")
    with quiet_libraries():
        encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
        gate = Gate.of(TokenMemory(encoder), AdaptedJudge(_base(settings)))
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
        bool, typer.Option("--judge/--no-judge", help="Train the judge, too, or only fit.")
    ] = True,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the sentences.")] = None,
) -> None:
    """Build the gate's bench, train its judge, fit its score; an interrupted run goes on.

    Takes three hours on two cores, minutes on a GPU. What was written by hand is read from
    corpus/evaluation/gate/written.jsonl. Example: pincite train gate
    """
    from chat.gate_bench import BENCH, build, claims_of, read_written, write_bench
    from chat.gate_fitting import fit, weigh
    from chat.judge import AdaptedJudge
    from chat.support import COEFFICIENTS, Gate, zero
    from retrieval.encoder import SentenceEncoder
    from retrieval.reranker import TokenMemory

    settings = Settings.load()
    claims = claims_of(data)
    written = read_written(BENCH / "written.jsonl")
    benches = {
        split: build(claims[split], [one for one in written if one["split"] == split])
        for split in ("dev", "test")
    }
    for split, rows in benches.items():
        write_bench(BENCH / f"{split}.jsonl", rows)
        typer.echo(f"{split}: {len(rows)} sentences, {sum(row.supported for row in rows)} true")
    if judge:
        _train_judge(
            settings, claims["train"], read_written(data / "gate" / "sentences.jsonl"), epochs
        )
    with quiet_libraries():
        encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
        trained = AdaptedJudge(_base(settings))
    gate = Gate(TokenMemory(encoder), zero(), trained)
    with progress_bar(_err, "weighing") as progress:
        weighed = weigh(gate, benches["dev"], progress)
    body = {
        "encoder_sha256": encoder.sha256,
        "judge": trained.name,
        **fit(weighed, caught),
    }
    COEFFICIENTS.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    for name, value in body["cross_validated"].items():
        typer.echo(f"{name:32} {value}")
    typer.echo(f"written to {COEFFICIENTS}")


def _train_judge(
    settings: Settings,
    claims: "Sequence[Claim]",
    written: list[dict[str, Any]],
    epochs: int | None,
) -> None:
    from chat.adapter import HEAD, save
    from chat.gate_data import Sheets
    from chat.judge import WEIGHTS
    from chat.judge_training import JudgeRecipe, learner, train
    from chat.smollm2 import Base
    from retrieval.checkpoint import fingerprint

    recipe = JudgeRecipe()
    recipe = replace(recipe, epochs=epochs or recipe.epochs)
    sheets = Sheets(claims, written, recipe.seed)
    base = Base(settings.cache, settings.threads, "bf16")
    with quiet_libraries():
        judge = learner(base.layers(recipe.layers), recipe)
    checkpoint = settings.cache / f"gate-{fingerprint((claims, written), recipe)}.ckpt"
    with progress_bar(_err, "training") as progress:
        train(judge, sheets.epoch, recipe, base.encode, base.first, checkpoint, progress)
    described = {
        "recipe": asdict(recipe),
        "trained_on": {
            "claims": len(claims),
            "written": len(written),
            "sentences": sum(len(sheet.sentences) for sheet in sheets.epoch(0)),
        },
    }
    head = {HEAD: judge.head.state_dict()}
    save(WEIGHTS, judge.layers, "pincite-gate", described, head)


def _base(settings: Settings) -> "Base":
    from chat.smollm2 import Base

    return Base(settings.cache, settings.threads, settings.precision)

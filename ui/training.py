"""`pincite train`: what is trained, on what, and where it goes. Registers itself on the app."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ui.gate import train_gate
from ui.terminal import progress_bar

if TYPE_CHECKING:
    from chat.observing import Observed
    from retrieval.encoder import Vectors

TRAINING = Path("corpus/training")
EVALUATION = Path("corpus/evaluation")
DOCUMENTS = Path("corpus/documents")
# Files of `corpus/training` that the language model's adapters are trained on.
FILES = ("train", "mini-train", "mini-more", "more", "near", "short")
# Files that they are only measured on.
CHECKS = ("dev", "mini-dev", "more-dev", "near-dev", "short-dev")
# What weighs judgements is fitted to these, and to these splits of the questions about the default
# document; all but the first of each were test sets until others took their place.
DEVELOPMENT = (*CHECKS, "test2", "test3", "test4")
SPLITS = ("dev", "blind", "blind2", "blind3", "blind4")
HELD_OUT = 4  # the last articles of a SQuAD folder are never trained on

train_app = typer.Typer(no_args_is_help=True, help="Train what judges, on your own machine.")
_err = Console(stderr=True)

train_app.command("gate")(train_gate)


@train_app.command()
def reranker(
    data: Annotated[
        Path, typer.Option(help="Folder with train, mini-train, dev and mini-dev .jsonl.")
    ] = TRAINING,
    squad: Annotated[
        Path | None,
        typer.Option(help="SQuAD 2.0 as a BEIR folder, too; its last 4 articles are held out."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the weights; the package's own if left out.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the questions.")] = None,
    seed: Annotated[int | None, typer.Option(min=1, help="Another is another network.")] = None,
) -> None:
    """Train the reranker; goes on where an interrupted run with the same options stopped.

    Example: pincite train reranker --squad ~/squad2 --out my-reranker
    """
    from chat.settings import Settings
    from retrieval.checkpoint import fingerprint
    from retrieval.encoder import SentenceEncoder
    from retrieval.matching import Shape
    from retrieval.pairs import read_sources, read_squad
    from retrieval.reranker import WEIGHTS
    from retrieval.trained import calibration, judge, measures, save
    from retrieval.training import Recipe, prepare, train

    settings = Settings.load()
    recipe = Recipe()
    recipe = replace(
        recipe, epochs=epochs or recipe.epochs, seed=recipe.seed if seed is None else seed
    )
    files = [data / f"{name}.jsonl" for name in ("train", "mini-train", "dev", "mini-dev")]
    sources = read_sources(files[0]) + read_sources(files[1])
    checks = read_sources(files[2]) + read_sources(files[3])
    held: list[str] = []
    if squad:
        articles = read_squad(squad)
        held = list(articles)[-HELD_OUT:]
        for title, passages in articles.items():
            sources += passages if title not in held else []
    encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
    shape = Shape(dimension=encoder.dimension)
    with progress_bar(_err, "encoding") as progress:
        prepared = prepare(sources, encoder, progress)
    checkpoint = settings.cache / f"reranker-{fingerprint(sources, encoder.sha256, recipe)}.ckpt"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    with progress_bar(_err, "training") as progress:
        network = train(prepared, recipe, shape, checkpoint, progress)
    judged = judge(network, prepare(checks, encoder))
    found = measures(judged)
    described = {
        "calibration": calibration(judged),
        "recipe": asdict(recipe),
        "trained_on": {
            "questions": len(prepared),
            "answerable": sum(bool(row.gold) for row in prepared),
            "files": [str(path) for path in files[:2]] + (["SQuAD 2.0"] if squad else []),
            "held_out_articles": held,
        },
        "development": found,
    }
    save(out or WEIGHTS, network, shape, encoder, described)
    for name, value in found.items():
        typer.echo(f"{name:16} {value}")
    typer.echo(f"written to {out or WEIGHTS}")


@train_app.command()
def refusal(
    data: Annotated[Path, typer.Option(help="Folder with the files of questions.")] = TRAINING,
    questions: Annotated[
        Path, typer.Option(help="Folder with queries.jsonl and answers.jsonl.")
    ] = EVALUATION,
    documents: Annotated[Path, typer.Option(help="What these questions are about.")] = DOCUMENTS,
    refused: Annotated[
        float, typer.Option(min=0, max=0.5, help="Share of answerable ones that may be refused.")
    ] = 0.05,
    out: Annotated[
        Path | None, typer.Option(help="File to write; the package's own if left out.")
    ] = None,
) -> None:
    """Fit how surely an answer is one, on development questions. Example: pincite train refusal"""
    from chat.fitting import fit
    from chat.refusal import COEFFICIENTS

    own, others = _observed(data, questions, documents)
    body = fit(own, others, refused)
    (out or COEFFICIENTS).write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    for reads, fitted in body.items():
        for name, value in fitted["cross_validated"].items():
            typer.echo(f"{reads:7} {name:32} {value}")
    typer.echo(f"written to {out or COEFFICIENTS}")


@train_app.command()
def lists(
    data: Annotated[Path, typer.Option(help="Folder with the files of questions.")] = TRAINING,
    questions: Annotated[
        Path, typer.Option(help="Folder with queries.jsonl and answers.jsonl.")
    ] = EVALUATION,
    documents: Annotated[Path, typer.Option(help="What these questions are about.")] = DOCUMENTS,
    out: Annotated[
        Path | None, typer.Option(help="File to write; the package's own if left out.")
    ] = None,
) -> None:
    """Fit which questions ask for several things, and which units these are; after `refusal`,
    whose likeliness of units it reads. Example: pincite train lists"""
    import numpy as np

    from chat.judged import read_judged
    from chat.list_fitting import Seen, Wording, fit
    from chat.listing import COEFFICIENTS
    from chat.settings import Settings
    from retrieval.encoder import SentenceEncoder

    settings = Settings.load()
    encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
    wordings = [
        Wording(question.standalone, question.kind, len(question.gold))
        for name in FILES
        for one in read_judged(data / f"{name}.jsonl")
        for question in one.questions
    ]
    own, others = _observed(data, questions, documents)
    seen = [
        Seen(Wording(row.question, row.kind, row.golds), row.weighed, row.gold)
        for row in (*own, *others)
    ]

    def vectors_of(questions: Sequence[str]) -> "Vectors":
        return np.stack([tokens.whole for tokens in encoder.encode_tokens(questions)])

    body = fit(wordings, seen, vectors_of, encoder.sha256)
    (out or COEFFICIENTS).write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    for name, value in body["cross_validated"].items():
        typer.echo(f"{name:32} {value}")
    typer.echo(f"written to {out or COEFFICIENTS}")


def _observed(
    data: Path, questions: Path, documents: Path
) -> tuple[list["Observed"], list["Observed"]]:
    """What the evidence finder sees of development questions: about the default document, and
    about others."""
    from chat.cases import load_cases, located
    from chat.judged import read_judged
    from chat.models import ModelMaker
    from chat.observing import Observer
    from chat.settings import Settings
    from ingest.folder import read_paths
    from retrieval.encoder import SentenceEncoder
    from retrieval.reranker import TokenMemory

    settings = Settings.load()
    memory = TokenMemory(SentenceEncoder(settings.encoder, settings.threads, settings.precision))
    make = ModelMaker(settings)
    observer = Observer(memory, make.reranker(memory), make.reader())
    about = read_paths([documents]).documents
    cases = [case for split in SPLITS for case in load_cases(questions, split)]
    cases = located(cases, {document.id: document for document in about})
    with progress_bar(_err, "asking about the default document") as progress:
        own = list(observer.observe(about, cases, progress))
    judged = [one for name in DEVELOPMENT for one in read_judged(data / f"{name}.jsonl")]
    with progress_bar(_err, "asking about others") as progress:
        return own, list(observer.judged(judged, progress))

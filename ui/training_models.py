"""`pincite train reader` and `pincite train composer`: adapters of the small language model."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ui.terminal import progress_bar, quiet_libraries
from ui.training import CHECKS, FILES, HELD_OUT, TRAINING

_err = Console(stderr=True)


def reader(
    data: Annotated[Path, typer.Option(help="Folder with the files of questions.")] = TRAINING,
    squad: Annotated[
        Path | None,
        typer.Option(help="SQuAD 2.0 as a BEIR folder, too; its last 4 articles are held out."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the weights; the package's own if left out.")
    ] = None,
    file: Annotated[
        list[str], typer.Option(help="File of questions in the folder; shown as often as named.")
    ] = list(FILES),  # noqa: B006 (typer copies it)
    start: Annotated[
        Path | None, typer.Option(help="Folder with a trained reader to begin with.")
    ] = None,
    keep: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the weights begun with in the result.")
    ] = 0.0,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the questions.")] = None,
    rate: Annotated[float | None, typer.Option(min=0, help="Highest learning rate.")] = None,
    seed: Annotated[int | None, typer.Option(min=1, help="Another is another reader.")] = None,
    second: Annotated[
        bool, typer.Option("--second", help="The second reader, which reads the page first.")
    ] = False,
) -> None:
    """Train the reader; goes on where an interrupted run with the same options stopped.

    Takes about a day on two cores, minutes on a GPU. Example: pincite train reader --out my-reader
    """
    from chat.adapter import HEAD, read_card, save
    from chat.reader import SECOND, WEIGHTS
    from chat.reader_training import ReaderRecipe, measures, train, trainee
    from chat.reading import layout_of
    from chat.settings import Settings
    from chat.smollm2 import Base
    from retrieval.checkpoint import fingerprint
    from retrieval.pairs import read_sources, read_squad

    if keep and not start:
        raise typer.BadParameter("--keep goes with --start: name what to begin with")
    settings = Settings.load()
    recipe = ReaderRecipe()
    recipe = replace(
        recipe,
        epochs=epochs or recipe.epochs,
        rate=rate or recipe.rate,
        seed=recipe.seed if seed is None else seed,
        layout="after" if second else "around",
    )
    begun = read_card(start) if start else {}
    if start and layout_of(begun["recipe"]) != recipe.layout:
        raise typer.BadParameter(f"{start} reads in the other layout: go with or without --second")
    sources = [source for name in file for source in read_sources(data / f"{name}.jsonl")]
    checks = {name: read_sources(data / f"{name}.jsonl") for name in CHECKS}
    held: list[str] = []
    if squad:
        articles = read_squad(squad)
        held = list(articles)[-HELD_OUT:]
        sources += [s for title, rows in articles.items() if title not in held for s in rows]
    base = Base(settings.cache, settings.threads, "bf16")
    with quiet_libraries():
        learner = trainee(base.layers(recipe.layers), recipe)
    if start:
        learner.take_over(start)
    checkpoint = settings.cache / f"reader-{fingerprint(sources, recipe, begun)}.ckpt"
    with progress_bar(_err, "training") as progress:
        train(learner, sources, recipe, base.encode, base.first, checkpoint, progress)
    if start and keep:
        learner.blend(start, keep)
    found = {
        name: measures(learner, judged, base.encode, base.first, recipe.layout)
        for name, judged in checks.items()
    }
    described = {
        "recipe": asdict(recipe),
        "start": begun,
        "kept": keep,
        "trained_on": {
            "documents": len(sources),
            "questions": sum(len(source.asked) for source in sources),
            "files": [f"{name}.jsonl" for name in file] + (["SQuAD 2.0"] if squad else []),
            "held_out_articles": held,
        },
        "development": found,
    }
    head = {HEAD: learner.head.state_dict()}
    out = out or (SECOND if second else WEIGHTS)
    name = "pincite-second-reader" if second else "pincite-reader"
    save(out, learner.layers, name, described, head)
    for check, values in found.items():
        typer.echo(f"{check:10} " + ", ".join(f"{key} {value}" for key, value in values.items()))
    typer.echo(f"written to {out}")


def composer(
    data: Annotated[Path, typer.Option(help="Folder with the files of questions.")] = TRAINING,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the weights; the package's own if left out.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the answers.")] = None,
    seed: Annotated[int | None, typer.Option(min=1, help="Another is another composer.")] = None,
) -> None:
    """Train the composer's adapter; an interrupted run with the same options goes on.

    Takes two hours on two cores, minutes on a GPU.

    Example: pincite train composer --out my-composer
    """
    from chat.adapter import save
    from chat.composer_training import (
        ComposerRecipe,
        adapted_model,
        mean_loss,
        read_examples,
        train,
    )
    from chat.settings import Settings
    from chat.smollm2 import COMPOSER, Base
    from retrieval.checkpoint import fingerprint

    settings = Settings.load()
    recipe = ComposerRecipe()
    recipe = replace(
        recipe, epochs=epochs or recipe.epochs, seed=recipe.seed if seed is None else seed
    )
    examples = [example for name in FILES for example in read_examples(data / f"{name}.jsonl")]
    checks = [example for name in CHECKS for example in read_examples(data / f"{name}.jsonl")]
    base = Base(settings.cache, settings.threads, "bf16")
    with quiet_libraries():
        model = adapted_model(base.whole(), recipe)
    before = mean_loss(model, checks, recipe, base.encode)
    checkpoint = settings.cache / f"composer-{fingerprint(examples, recipe)}.ckpt"
    with progress_bar(_err, "training") as progress:
        train(model, examples, recipe, base.encode, checkpoint, progress)
    found = {
        "answers": len(checks),
        "loss_before": round(before, 4),
        "loss": round(mean_loss(model, checks, recipe, base.encode), 4),
    }
    described = {
        "recipe": asdict(recipe),
        "trained_on": {
            "answers": min(len(examples), recipe.answers),
            "files": [f"{name}.jsonl" for name in FILES],
        },
        "development": found,
    }
    save(out or COMPOSER, model, "pincite-composer", described)
    for name, value in found.items():
        typer.echo(f"{name:12} {value}")
    typer.echo(f"written to {out or COMPOSER}")

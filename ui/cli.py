"""The command line: every command, its progress, its errors and its exit codes.

Prints what the other layers return; decides nothing. Heavy libraries are imported inside the
commands, so that `--help` is instant.
"""

import json
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from chat.errors import ChatError
from chat.settings import Settings
from ingest.errors import IngestError
from retrieval.errors import RetrievalError
from retrieval.generation import required
from ui.cli_ask import ask, chat
from ui.cli_evaluate import evaluate
from ui.cli_feedback import feedback
from ui.followups import follow_ups
from ui.options import DocumentOption, Exit, GeneratorOption, IndexOption, JsonOption, TopK
from ui.terminal import clean, quiet_libraries, show_hits
from ui.training import train_app
from ui.training_models import composer, reader

if TYPE_CHECKING:
    from chat.service import Service

DOCUMENTS = Path("corpus/documents")


class SystemName(StrEnum):
    """What can rank passages."""

    BM25 = "bm25"
    DENSE = "dense"
    HYBRID = "hybrid"
    RERANKED = "reranked"


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Answers questions about your documents, and shows the exact words that support each "
    "sentence.\n\nStart with: pincite ingest FOLDER, then pincite ask 'your question', or pincite "
    "serve for the web chat.\n\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 the documents do "
    "not say (ask).",
)
_out = Console()
_err = Console(stderr=True)


train_app.command()(reader)
train_app.command()(composer)
app.add_typer(train_app, name="train")


def main() -> None:
    """Run a command; an expected error is one line that says what to do."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    # bm25s sets its own logger to DEBUG, which only a handler's level holds back.
    logging.getLogger().handlers[0].setLevel(logging.WARNING)
    status: str | int | None = Exit.OK
    try:
        app()
    except SystemExit as ended:
        status = ended.code
    except (ChatError, RetrievalError, IngestError) as error:
        _err.print(f"error: {clean(str(error))}", markup=False, highlight=False, soft_wrap=True)
        status = Exit.FAILED
    _end(status)


def _end(status: str | int | None) -> None:
    """End the process, without waiting for threads that nobody waits for.

    The interpreter would cut them off where they are, and inside torch that aborts the process.
    """
    if status is not None and not isinstance(status, int):
        sys.exit(status)
    if any(thread.daemon for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # whoever read it has gone
                stream.flush()
        os._exit(status or 0)
    sys.exit(status)


@app.command()
def setup() -> None:
    """Check the models, and convert the generator once. Example: pincite setup"""
    from chat.smollm2 import converted
    from retrieval.artifacts import ENCODERS, find_model

    settings = Settings.load()
    encoder = find_model(settings.encoder, ENCODERS)
    _say(f"encoder    {encoder.name}, SHA-256 {encoder.sha256[:12]}")
    if settings.generator != "extractive" or settings.reader != "none":
        with quiet_libraries(), _err.status("converting the language model, once"):
            folder = converted(settings.cache)
        _say(f"language model  smollm2 in {folder}")


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders; corpus/documents if left out.")
    ] = None,
    index: IndexOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and ingest again whenever a file changes.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build or update the index. Example: pincite ingest notes/ --index ~/notes-index

    Only what changed is embedded. A running server takes the new index by itself.
    """
    from retrieval.encoder import SentenceEncoder
    from ui import ingesting

    settings = Settings.load(index=index)
    paths = paths or [DOCUMENTS]

    def encoder() -> SentenceEncoder:
        with quiet_libraries():
            return SentenceEncoder(settings.encoder, settings.threads, settings.precision)

    if watch:
        # Ctrl-C is how one stops it. An exception could be lost in a callback of a library; an
        # index that is half written is never taken, and is removed by the next ingest.
        signal.signal(signal.SIGINT, lambda number, frame: os._exit(Exit.OK))
        ingesting.keep_ingesting(paths, settings, encoder(), _err, as_json)
        return
    collection = ingesting.read(
        paths, settings, _err
    )  # before the models: a wrong path is told at once
    ingesting.show(ingesting.update(collection, settings, encoder(), _err), _err, as_json)


@app.command()
def search(
    question: str,
    index: IndexOption = None,
    top_k: TopK = None,
    system: Annotated[
        SystemName | None, typer.Option(help="What ranks (or PINCITE_SYSTEM).")
    ] = None,
    document: DocumentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages found, with scores. Example: pincite search 'salary range' --top-k 3"""
    from dataclasses import asdict

    from chat.answer import RetrievedPassage
    from chat.models import ModelMaker
    from retrieval.encoder import SentenceEncoder
    from retrieval.index import load_index
    from retrieval.reranker import TokenMemory
    from retrieval.search import search as find

    settings = Settings.load(index=index, top_k=top_k, system=system and system.value)
    required(settings.index)
    with quiet_libraries():
        encoder = SentenceEncoder(settings.encoder, settings.threads, settings.precision)
    loaded = load_index(settings.index, encoder)
    reranker = ModelMaker(settings).reranker(TokenMemory(encoder))
    hits = find(loaded, encoder, question, settings.top_k, document, settings.system, reranker)
    if as_json:
        _json([asdict(RetrievedPassage.of(hit)) for hit in hits])
    else:
        show_hits(_out, hits)


app.command()(ask)
app.command()(chat)


@app.command()
def serve(
    index: IndexOption = None,
    generator: GeneratorOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the web chat and the API. Example: pincite serve --port 8000"""
    import uvicorn

    from chat.service import Service

    settings = Settings.load(index=index, generator=generator, host=host, port=port)
    required(settings.index)
    listening = _listen(settings.host, settings.port)

    def load() -> Any:
        from chat.chatbot import Chatbot

        with quiet_libraries():
            return Chatbot.from_settings(settings)

    service = Service.from_settings(settings, load)
    service.start()  # the models load while the web framework is imported
    from ui.app import create_app

    server = uvicorn.Server(
        uvicorn.Config(
            create_app(service, settings), log_level="warning", timeout_graceful_shutdown=2
        )
    )
    failure: list[ChatError] = []
    address = f"http://{settings.host}:{listening.getsockname()[1]}"
    watch = threading.Thread(
        target=_announce, args=(service, server, address, failure), daemon=True
    )
    watch.start()
    with suppress(KeyboardInterrupt):  # Ctrl-C is how one stops it
        server.run(sockets=[listening])
    if failure:
        raise failure[0]


app.command()(evaluate)
app.command("follow-ups")(follow_ups)
app.command()(feedback)


def _announce(service: "Service", server: Any, address: str, failure: list[ChatError]) -> None:
    """Say where to go once questions can be answered; stop the server if they never can."""
    try:
        service.wait()
        while not server.started:
            threading.Event().wait(0.02)
        _say(f"Pincite answers at {address} (stop with Ctrl-C)")
    except ChatError as error:
        failure.append(error)
        server.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    """A socket that holds the port before anything is loaded."""
    if host not in {"127.0.0.1", "localhost", "::1"}:
        _err.print(
            f"warning: {clean(host)} may be reached by others, and nobody is asked who they are",
            markup=False,
        )
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise ChatError(
            f"cannot listen on {host}:{port} ({error.strerror}); choose another with --port"
        ) from error
    return listening


def _say(text: str) -> None:
    _out.print(text, markup=False, highlight=False, soft_wrap=True)


def _json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

"""One chatbot shared by the API and the page: loaded in the background, one answer at a time.

An answer takes both cores of a small machine, so that two at once would each take longer than one
after the other. When another index serves on disk, it is loaded beside the one that answers, which
goes on until the new one is ready. Knows nothing of HTTP.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from chat.answer import Answer, Events
from chat.chatbot import Chatbot
from chat.errors import Busy, NotOffered, NotReady
from chat.feedback import FeedbackLog
from chat.library import DocumentOverview, FileProgress, Library, Removal, overview_of
from chat.metrics import Metrics
from chat.question import Turn
from chat.settings import Settings
from retrieval.generation import serving

log = logging.getLogger(__name__)

MAX_WAITING = 8  # questions in line; at a second or two each, the last still gets its answer


class Service:
    """Holds a chatbot and the line before it.

    Args:
        load: makes the chatbot; called once, in a thread, by `start`.
        max_waiting: questions that may be answered or waiting at the same time.
        version: what serves on disk, asked whenever the chatbot is; must be quick.
        reload: makes a chatbot of what serves from the one before; called in a thread when
            `version` says something new. If it fails, the one before goes on.
        library: changes what the index holds; without one nothing can be added or removed.
        feedback: where readers' verdicts go; without one there is no place for them.
    """

    def __init__(
        self,
        load: Callable[[], Chatbot],
        max_waiting: int = MAX_WAITING,
        version: Callable[[], str | None] = lambda: None,
        reload: Callable[[Chatbot], Chatbot] = lambda chatbot: chatbot,
        library: Library | None = None,
        feedback: FeedbackLog | None = None,
    ) -> None:
        self.feedback = feedback
        self.metrics = Metrics()
        self._library = library
        self._load = load
        self._version = version
        self._reload = reload
        self._loaded: str | None = None  # the version that was last loaded, or tried
        self._reloading = threading.Lock()
        self._chatbot: Chatbot | None = None
        self._failure: Exception | None = None
        self._slots = threading.BoundedSemaphore(max_waiting)
        self._turn = threading.Lock()
        self._unstarted = threading.Semaphore(1)
        self._settled = threading.Event()

    @classmethod
    def from_settings(
        cls, settings: Settings, load: Callable[[], Chatbot] | None = None
    ) -> "Service":
        """A service of the index, the uploads and the feedback that the settings name.

        Args:
            load: makes the chatbot in another way than from the settings.
        """
        return cls(
            load or (lambda: Chatbot.from_settings(settings)),
            version=lambda: serving(settings.index),
            reload=lambda chatbot: chatbot.reload(settings.index),
            library=Library(settings),
            feedback=FeedbackLog(settings.feedback),
        )

    def start(self) -> None:
        """Begin to load; returns at once. A second call does nothing."""
        if not self._unstarted.acquire(blocking=False):
            return
        threading.Thread(target=self._run, name="load", daemon=True).start()

    def wait(self, timeout: float | None = None) -> Chatbot:
        """Wait until loading is over.

        Raises:
            NotReady: it failed, or takes longer than `timeout` seconds.
        """
        self._settled.wait(timeout)
        return self.chatbot

    @property
    def chatbot(self) -> Chatbot:
        """The chatbot, if it is loaded; NotReady with the reason if it is not.

        Begins to load a newer one if there is one.
        """
        if self._failure:
            reason = str(self._failure) or type(self._failure).__name__
            raise NotReady(f"could not start: {reason}") from self._failure
        if self._chatbot is None:
            raise NotReady("the models and the index are being loaded; try again in a few seconds")
        self._look_for_newer()
        return self._chatbot

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        top_k: int | None = None,
        documents: Sequence[str] | None = None,
    ) -> Answer:
        """`Chatbot.ask` in its turn. Raises NotReady, Busy and what `Chatbot.ask` raises."""
        *_, answer = self.stream(question, history, top_k, documents)
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        top_k: int | None = None,
        documents: Sequence[str] | None = None,
    ) -> Events:
        """`Chatbot.stream` in its turn; closing the iterator stops the work.

        Raises NotReady, Busy and what `Chatbot.stream` raises, at the first step.
        """
        chatbot = self.chatbot
        if not self._slots.acquire(blocking=False):
            self.metrics.turned_away()
            raise Busy("many questions are being answered already; try again in a few seconds")
        self.metrics.line(1)
        try:
            with (
                self.turn(),
                closing(chatbot.stream(question, history, top_k, documents)) as events,
            ):
                for event in events:
                    if isinstance(event, Answer):
                        self.metrics.answered(event)
                    yield event
        except Exception:
            self.metrics.failed()
            raise
        finally:
            self.metrics.line(-1)
            self._slots.release()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other answer is made, and let none be made meanwhile."""
        with self._turn:
            yield

    def sizes(self) -> tuple[int, int]:
        """How many documents and passages can be asked now; none while loading."""
        chatbot = self._chatbot
        return (len(chatbot.documents), chatbot.passages) if chatbot else (0, 0)

    def overview(self) -> tuple[DocumentOverview, ...]:
        """Every document that can be asked, and its size. Raises NotReady."""
        index = self.chatbot.index
        return self._library.overview(index) if self._library else overview_of(index)

    def add_documents(self, files: Sequence[Path]) -> Iterator[FileProgress]:
        """Add files to the documents, or replace those of the same name, telling how far it is.

        Questions are answered from the old index meanwhile, and from the new one once a file is
        told as done. See `Library.add`.

        Raises:
            NotReady, NotOffered, Busy: nothing can be added now; at the first step.
        """
        chatbot, library = self.chatbot, self.library
        yield from library.add(files, chatbot.encoder, self.refresh)

    def remove_document(self, document_id: str) -> Removal:
        """Remove a document, so that no answer comes from it any more.

        Raises:
            UnknownDocument: no document has this id.
            NotReady, NotOffered, Busy: nothing can be removed now.
        """
        chatbot, library = self.chatbot, self.library
        return library.remove(document_id, chatbot.encoder, self.refresh)

    @property
    def library(self) -> Library:
        """What changes the documents; NotOffered if nothing can."""
        if self._library is None:
            raise NotOffered("the documents of this service cannot be changed; use pincite ingest")
        return self._library

    def refresh(self) -> None:
        """Answer from what serves now; returns when that is so. Raises what `reload` raises."""
        with self._reloading:
            version = self._version()
            if version != self._loaded and self._chatbot is not None:
                self._loaded = version
                self._chatbot = self._reload(self._chatbot)

    def _look_for_newer(self) -> None:
        if self._version() == self._loaded or not self._reloading.acquire(blocking=False):
            return
        threading.Thread(target=self._renew, name="reload", daemon=True).start()

    def _renew(self) -> None:
        try:
            # Asked before it is loaded: what serves in between is then found the next time.
            self._loaded = self._version()
            if self._chatbot is not None:
                self._chatbot = self._reload(self._chatbot)
        except Exception as error:
            log.error("the new index cannot be used, the old one goes on: %s", error)
        finally:
            self._reloading.release()

    def _run(self) -> None:
        try:
            self._loaded = self._version()
            self._chatbot = self._load()
        except Exception as error:  # kept for whoever asks; a thread has nobody to raise to
            self._failure = error
        finally:
            self._settled.set()

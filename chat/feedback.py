"""What readers said of answers, one JSON object a line, in a file that only grows.

Knows nothing of who asks or how answers are made.
"""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

log = logging.getLogger(__name__)

MAX_NOTE = 2_000  # characters
MAX_ANSWER = 20_000

Verdict = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """A reader's verdict on an answer, and the settings that it was made with."""

    answer_id: str
    question: str
    answer: str
    verdict: Verdict
    note: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A feedback with the time at which it was given (UTC, ISO 8601)."""

    time: str
    feedback: Feedback


class FeedbackLog:
    """The feedback in a file; several threads and processes may write and read it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, feedback: Feedback) -> Entry:
        """Append a feedback, as one write; a note or an answer that is too long is cut.

        Raises:
            OSError: the file cannot be written.
        """
        entry = Entry(datetime.now(UTC).isoformat(timespec="seconds"), _bounded(feedback))
        row = {"time": entry.time, **asdict(entry.feedback)}
        line = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock"):
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, line if _is_whole(file) else b"\n" + line)
            finally:
                os.close(file)
        return entry

    def read(self) -> tuple[Entry, ...]:
        """All feedback, oldest first; a line that a crash cut short is left out."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        entries = []
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                entries.append(Entry(row.pop("time"), Feedback(**row)))
            except (ValueError, TypeError, KeyError, AttributeError):
                log.warning("%s, line %d is not feedback and is left out", self.path, number)
        return tuple(entries)


def latest_verdicts(entries: Sequence[Entry]) -> dict[str, Verdict]:
    """The last verdict on each answer, by the answer's id: who changes their mind counts once."""
    return {entry.feedback.answer_id: entry.feedback.verdict for entry in entries}


def _bounded(feedback: Feedback) -> Feedback:
    return Feedback(
        feedback.answer_id,
        feedback.question,
        feedback.answer[:MAX_ANSWER],
        feedback.verdict,
        feedback.note.strip()[:MAX_NOTE],
        dict(feedback.settings),
    )


def _is_whole(file: int) -> bool:
    """Whether a file has no half line at its end, such as a killed write leaves."""
    size = os.fstat(file).st_size
    return not size or os.pread(file, 1, size - 1) == b"\n"

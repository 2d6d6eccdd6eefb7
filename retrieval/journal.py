"""What a run has found so far, on disk, so that a killed run goes on where it was.

One JSON line for each query of each system, flushed at once. A line that a kill cut short is
dropped. Knows nothing of what the results are for.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from retrieval.ranking import Found, Searched

_T = TypeVar("_T")
Row = Mapping[str, Any]


class ResultJournal(Generic[_T]):
    """Results by system and query; as a context manager it removes its file when all went well
    and keeps it when not.

    Args:
        path: the file; its name should say of what dataset, index and settings it is.
        write: a result as a JSON object, without the keys "system" and "query".
        read: the result again; raises KeyError, TypeError or ValueError where there is none.
        fresh: forget what the file holds.
    """

    def __init__(
        self,
        path: Path,
        write: Callable[[_T], Row],
        read: Callable[[Row], _T],
        fresh: bool = False,
    ) -> None:
        self._path = path
        self._write = write
        path.parent.mkdir(parents=True, exist_ok=True)
        if fresh:
            path.unlink(missing_ok=True)
        self._known, sound = _read(path, read)
        self.resumed = len(self._known)
        self._file = path.open("ab")
        self._file.truncate(sound)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if error is None:
            self._path.unlink(missing_ok=True)

    def get(self, system: str, query: str) -> _T | None:
        """What was found before, or None."""
        return self._known.get((system, query))

    def add(self, system: str, query: str, result: _T) -> None:
        """Keep a result; it survives the death of this process from here on."""
        self._known[system, query] = result
        row = {"system": system, "query": query, **self._write(result)}
        self._file.write(json.dumps(row).encode() + b"\n")
        self._file.flush()


class Journal(ResultJournal[Searched]):
    """What systems found for queries; see `ResultJournal`."""

    def __init__(self, path: Path, fresh: bool = False) -> None:
        super().__init__(path, _row, _searched, fresh)


def _read(path: Path, read: Callable[[Row], _T]) -> tuple[dict[tuple[str, str], _T], int]:
    """The results up to the first broken line, and how many bytes they take."""
    known: dict[tuple[str, str], _T] = {}
    sound = 0
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                try:
                    row = json.loads(line)
                    result = read(row)
                    key = row["system"], row["query"]
                except (ValueError, KeyError, TypeError):
                    break
                if not line.endswith(b"\n"):
                    break
                known[key] = result
                sound += len(line)
    return known, sound


def _row(searched: Searched) -> Row:
    found = [[one.id, one.score, list(one.section)] for one in searched.ranking]
    return {"ms": searched.ms, "found": found}


def _searched(row: Row) -> Searched:
    ranking = tuple(Found(name, score, tuple(section)) for name, score, section in row["found"])
    return Searched(ranking, float(row["ms"]))

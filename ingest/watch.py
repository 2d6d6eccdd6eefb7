"""Tells when files under some paths may have changed. Knows nothing of what is done about it.

The operating system tells what happens in a folder (through watchfiles); a path that is replaced
by another of the same name, as editors do when they save, is looked for once a second.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from watchfiles import watch

from ingest.errors import NothingToIngest

_QUIET = 200  # ms without a change after which a burst of changes is over
_LONGEST = 1600  # ms after which it is told although it goes on
_TICK = 1000  # ms between two looks at the paths themselves


def watch_paths(paths: Sequence[Path], ignored: Path) -> Iterator[None]:
    """Yield once at the start, then whenever something under the paths may have changed.

    What changes while the caller is busy is told afterwards; a path that is removed is waited
    for. Ends with KeyboardInterrupt.

    Args:
        paths: files and folders; folders are watched with all that they hold, hidden files
            left out.
        ignored: a folder whose changes are not told.

    Raises:
        NothingToIngest: a path does not exist at the start.
    """
    roots = [path.resolve() for path in paths]
    for root in roots:
        if not root.exists():
            raise NothingToIngest(f"{root} does not exist; check the path")
    while True:
        while not _identities(roots):
            time.sleep(_TICK / 1000)
        yield from _until_replaced(roots, ignored.resolve())


def _until_replaced(roots: Sequence[Path], ignored: Path) -> Iterator[None]:
    """Yield at once and after each change, until a root is gone or another has its name."""
    identities = _identities(roots)
    ticks = watch(
        *roots,
        watch_filter=lambda change, path: _told(Path(path), roots, ignored),
        step=_QUIET,
        debounce=_LONGEST,
        rust_timeout=_TICK,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    begun = False
    with suppress(FileNotFoundError):  # a root that went between the look and the watch
        for changes in ticks:
            now = _identities(roots)
            if changes or not (now and begun):
                yield
            if now != identities:
                return
            begun = True


def _told(path: Path, roots: Sequence[Path], ignored: Path) -> bool:
    if path.is_relative_to(ignored):
        return False
    inside = [path.relative_to(root).parts for root in roots if path.is_relative_to(root)]
    return any(not any(part.startswith(".") for part in parts) for parts in inside)


def _identities(roots: Sequence[Path]) -> list[tuple[int, int]]:
    """What tells the files and folders apart from others of their names; empty if one is gone."""
    try:
        return [(root.stat().st_dev, root.stat().st_ino) for root in roots]
    except OSError:
        return []

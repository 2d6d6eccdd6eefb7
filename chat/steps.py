"""Long work in a thread, its steps read one by one. Knows nothing of what the work is."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

_Step = TypeVar("_Step")
_Result = TypeVar("_Result")


class Stopped(Exception):
    """Nobody reads the steps any more; raised in the work when it tells the next one."""


def steps_of(
    work: Callable[[Callable[[_Step], None]], _Result],
) -> Generator[_Step, None, _Result]:
    """Yield what the work tells; return what it returns, and raise what it raises.

    Closing it stops the work at its next step, and waits for that.

    Args:
        work: is given a function that tells a step.
    """
    steps: queue.SimpleQueue[tuple[_Step] | None] = queue.SimpleQueue()
    stop = threading.Event()
    results: list[_Result] = []
    errors: list[BaseException] = []

    def tell(step: _Step) -> None:
        if stop.is_set():
            raise Stopped
        steps.put((step,))

    def run() -> None:
        try:
            results.append(work(tell))
        except BaseException as error:  # raised again where the steps are read
            errors.append(error)
        finally:
            steps.put(None)

    thread = threading.Thread(target=run, name="steps", daemon=True)
    thread.start()
    try:
        while (step := steps.get()) is not None:
            yield step[0]
    finally:
        stop.set()
        thread.join()
    if errors:
        raise errors[0]
    return results[0]

"""The feedback command: what readers said of answers, as a table or as JSON."""

import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chat.settings import Settings
from ui.options import IndexOption, JsonOption
from ui.terminal import clean, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chat.feedback import Entry

_SHOWN = 160  # characters of a question or an answer; JSON has the whole
_out = Console()


def feedback(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show what readers said of answers, newest last. Example: pincite feedback --json"""
    from chat.feedback import FeedbackLog, latest_verdicts

    log = FeedbackLog(Settings.load(index=index).feedback)
    entries = log.read()
    counts = Counter(latest_verdicts(entries).values())
    if as_json:
        rows = [{"time": entry.time, **asdict(entry.feedback)} for entry in entries]
        body = {"up": counts["up"], "down": counts["down"], "feedback": rows}
        sys.stdout.write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
    elif entries:
        _out.print(_table(entries))
        say(_out, f"{counts['up']} up, {counts['down']} down ({counts.total()} answers)")
    else:
        say(_out, f"no feedback in {log.path} yet; readers give it under an answer")


def _table(entries: "Sequence[Entry]") -> Table:
    table = Table("time", "", "question", "answer", "note", box=SIMPLE_HEAD)
    for entry in entries:
        said = entry.feedback
        texts = (said.question[:_SHOWN], said.answer[:_SHOWN], said.note)
        time = entry.time[:16].replace("T", " ")
        table.add_row(clean(time), said.verdict, *(escape(clean(text)) for text in texts))
    return table

"""The measurements of kinds of FAISS index as a picture; the only module that needs matplotlib."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_LEAST_RECALL = 0.95  # the fastest setting of a kind that reaches it stands for the kind


def plot_vectors(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Time a query and time to build by number of vectors, one line a kind, to an SVG or PNG."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots(1, 2)
    for kind in dict.fromkeys(row["kind"] for row in rows):
        chosen = [row for row in representatives(rows) if row["kind"] == kind]
        sizes = [row["size"] for row in chosen]
        for axis, what in zip(axes, ("query_ms", "build_s"), strict=True):
            axis.plot(sizes, [max(row[what], 0.01) for row in chosen], marker="o", label=kind)
    axes[0].set(title=f"one query, recall@10 of at least {_LEAST_RECALL}", ylabel="milliseconds")
    axes[1].set(title="building", ylabel="seconds")
    for axis in axes:
        axis.set(xscale="log", yscale="log", xlabel="vectors of 384 dimensions")
        axis.grid(alpha=0.3)
    axes[0].legend()
    with mpl.rc_context({"svg.fonttype": "none"}):  # words stay words
        figure.savefig(path)


def representatives(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """For each size and kind the fastest setting with enough recall, if there is one."""
    found: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["size"], row["kind"]), []).append(row)
    enough = ([row for row in group if row["recall"] >= _LEAST_RECALL] for group in found.values())
    return [min(group, key=lambda row: row["query_ms"]) for group in enough if group]

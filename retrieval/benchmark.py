"""Measurements behind the defaults: `python -m retrieval.benchmark encoders` and `vectors`.

Prints tables, and writes JSON where `--json` says. Nothing here serves questions.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def main() -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m retrieval.benchmark", description=__doc__)
    commands = parser.add_subparsers(required=True)
    encoders = commands.add_parser("encoders", help="ways to run the encoder, side by side")
    encoders.add_argument("--passages", type=int, default=10_000)
    encoders.add_argument("--rounds", type=int, default=10, help="interleaved blocks")
    encoders.add_argument("--ways", nargs="*", default=[], help="names in quotes; all if left out")
    encoders.add_argument("--beir", nargs="*", type=Path, default=[], help="more question sets")
    encoders.add_argument("--threads", type=int, default=2)
    encoders.add_argument("--json", type=Path, help="write what was measured to this file")
    encoders.set_defaults(run=_encoders)
    vectors = commands.add_parser("vectors", help="kinds of FAISS index, up to a million vectors")
    vectors.add_argument("--sizes", nargs="*", type=int, default=[10_000, 100_000, 300_000, 10**6])
    vectors.add_argument("--kinds", nargs="*", default=["flat", "fp16", "sq8", "ivf", "hnsw16"])
    vectors.add_argument("--json", type=Path, help="write what was measured to this file")
    vectors.add_argument("--plot", type=Path, help="draw it to this file (needs matplotlib)")
    vectors.set_defaults(run=_vectors)
    arguments = parser.parse_args()
    arguments.run(arguments)


def _encoders(arguments: argparse.Namespace) -> None:
    from retrieval.benchmark_encoders import measure

    found = measure(
        arguments.passages, arguments.rounds, arguments.ways, arguments.beir, arguments.threads
    )
    sets = list(next(iter(found["ways"].values())).ndcg)
    table = Table(
        "way", "passages/s", "ratio", "CPU ratio", "cosine", "least", "ms/query",
        *(f"nDCG@10 {name}" for name in sets),
        title=f"{found['passages']} passages in {found['rounds']} rounds",
    )  # fmt: skip
    for name, way in found["ways"].items():
        table.add_row(
            name,
            f"{way.passages_per_second:.1f}",
            f"{way.ratio:.2f}",
            f"{way.cpu_ratio:.2f}",
            f"{way.mean_cosine:.5f}",
            f"{way.least_cosine:.5f}",
            f"{way.query_ms:.1f}",
            *(f"{way.ndcg[name]:.4f}" for name in sets),
        )
    Console(width=160).print(table)
    for name, reason in found["missing"].items():
        print(f"{name}: {reason}")
    print(json.dumps(found["machine"]))
    body = {**found, "ways": {name: asdict(way) for name, way in found["ways"].items()}}
    _write(arguments.json, body)


def _vectors(arguments: argparse.Namespace) -> None:
    from retrieval.benchmark_vectors import measure

    rows: list[dict[str, Any]] = []
    for found in measure(arguments.sizes, arguments.kinds):
        rows.append(asdict(found))
        print(
            f"{found.size:>9,} {found.kind:7} {found.settings:24} recall@10 {found.recall:.4f}  "
            f"{found.query_ms:8.3f} ms/query  built in {found.build_s:7.1f} s  "
            f"{found.megabytes:7.0f} MB",
            flush=True,
        )
        _write(arguments.json, {"vectors": rows})  # a long run that is stopped leaves what it has
    if arguments.plot:
        from retrieval.benchmark_plot import plot_vectors

        plot_vectors(rows, arguments.plot)


def _write(path: Path | None, body: dict[str, Any]) -> None:
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

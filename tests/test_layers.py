"""Imports go one way, and heavy libraries stay with the module that wraps them."""

import ast
from pathlib import Path

import pytest

LAYERS = ("ingest", "retrieval", "chat", "ui")
# Networks and what trains them: imported only where one is loaded or trained.
NETWORK = {
    "retrieval/matching.py",
    "retrieval/unpadded.py",
    "retrieval/training.py",
    "retrieval/trained.py",
    "retrieval/checkpoint.py",
    "chat/reading.py",
    "chat/branches.py",
    "chat/adapting.py",
    "chat/reader_training.py",
    "chat/composer_training.py",
    "chat/judging.py",
    "chat/judge_training.py",
}
WRAPPED = {
    "torch": {
        "retrieval/encoder.py",
        "retrieval/benchmark_encoders.py",
        "chat/smollm2.py",
        "chat/reader.py",
        "chat/judge.py",
        "chat/adapter.py",
        "retrieval/reranker.py",
        *NETWORK,
    },
    "sentence_transformers": {"retrieval/encoder.py"},
    "transformers": {"chat/smollm2.py", "ui/terminal.py"},
    "peft": {"chat/adapting.py"},
    "faiss": {"retrieval/dense.py", "retrieval/benchmark_vectors.py"},
    "bm25s": {"retrieval/bm25.py"},
    "gradio": {"ui/app.py", "ui/page.py"},
    "ir_measures": {"retrieval/measures.py"},
    "scipy": {"retrieval/significance.py", "retrieval/report.py", "chat/fitting.py"},
    "matplotlib": {"ui/plots.py", "retrieval/benchmark_plot.py"},
    "jinja2": {"ui/report.py"},
    "watchfiles": {"ingest/watch.py"},
    "sentencex": {"ingest/document.py", "chat/verify.py", "chat/claims.py"},
    "markdown_it": {"ingest/markdown.py", "ui/render_source.py"},
    "bs4": {"ingest/webpage.py", "ingest/webtable.py"},
    "markdownify": {"ingest/webpage.py"},
    "mammoth": {"ingest/word.py"},
    "pdfplumber": {"ingest/pdf.py"},
    "pdfminer": {"ingest/pdf.py"},
}
MODULES = [path for layer in LAYERS for path in sorted(Path(layer).glob("*.py"))]


def imported(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return [name.split(".")[0] for name in names]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_imports_only_its_own_layer_and_those_below(path: Path) -> None:
    above = LAYERS[LAYERS.index(path.parts[0]) + 1 :]
    assert not set(imported(ast.parse(path.read_text()))) & set(above)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_heavy_libraries_are_imported_only_where_they_are_wrapped(path: Path) -> None:
    for name in imported(ast.parse(path.read_text())):
        assert str(path) in WRAPPED.get(name, {str(path)}), name


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_models_and_converters_are_never_imported_on_import(path: Path) -> None:
    if str(path) in NETWORK:
        return
    body = ast.parse(path.read_text()).body
    names = imported(
        ast.Module([n for n in body if isinstance(n, ast.Import | ast.ImportFrom)], [])
    )
    assert not {"torch", "transformers", "sentence_transformers"} & set(names)
    assert not {"bs4", "markdownify", "mammoth", "pdfplumber", "pdfminer"} & set(names)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_only_settings_reads_the_environment(path: Path) -> None:
    if path != Path("chat/settings.py"):
        assert "os.environ" not in path.read_text()
        assert "getenv" not in path.read_text()

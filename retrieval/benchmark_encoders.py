"""Ways to run the encoder, measured side by side: speed, drift of the vectors, and nDCG@10.

Each round gives every way the same texts, one way after the other, so that whatever else the
machine does falls on all of them alike; what counts is the ratio to plain sentence-transformers in
fp32. Libraries that are not installed are named and left out. Nothing here serves questions.
"""

import csv
import importlib
import json
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.folder import read_paths
from ingest.passages import split_document
from retrieval.benchmark_texts import DOCUMENTS, passages
from retrieval.encoder import SentenceEncoder, Vectors, batches, multiplies_bf16

Encode = Callable[[Sequence[str]], Vectors]

BASELINE = "plain torch fp32"
_EVALUATION = Path("corpus/evaluation")
_MODEL = "all-MiniLM-L6-v2"
_COMPARED = 1000  # texts whose vectors are compared with those of the baseline
_QUESTIONS = 500  # of a question set
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Questions:
    """A question set over texts: `gains[q, t]` is how well text t answers question q."""

    name: str
    questions: tuple[str, ...]
    texts: tuple[str, ...]
    gains: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one way reached. Ratios are medians over the rounds, to the baseline in the same round:
    by the clock, and by processor time, which others' work on the machine disturbs less."""

    passages_per_second: float
    ratio: float
    cpu_ratio: float
    least_cosine: float
    mean_cosine: float
    ndcg: Mapping[str, float]
    query_ms: float


def measure(
    count: int, rounds: int, ways: Sequence[str], beir: Sequence[Path], threads: int
) -> dict[str, Any]:
    """Measure the ways named (all if none is) on `count` texts in `rounds` interleaved blocks."""
    encoders, missing = _make(ways or list(WAYS), threads)
    texts = passages(count)
    seconds = {name: np.zeros((rounds, 2)) for name in encoders}
    for name, encode in encoders.items():
        encode(texts[:32])  # what is done once is not counted
        print(f"{name} is ready", flush=True)
    for block in range(rounds):
        for name, encode in encoders.items():
            began, worked = time.perf_counter(), time.process_time()
            encode(texts[block::rounds])
            seconds[name][block] = time.perf_counter() - began, time.process_time() - worked
        print(f"round {block + 1} of {rounds}", flush=True)
    sets = [_own_questions(), *map(_beir_questions, beir)]
    expected = encoders[BASELINE](texts[:_COMPARED])
    measured = {
        name: _measured(encode, seconds[name], seconds[BASELINE], texts, expected, sets)
        for name, encode in encoders.items()
    }
    return {
        "passages": count,
        "rounds": rounds,
        "machine": _machine(),
        "ways": measured,
        "missing": missing,
    }


def _measured(
    encode: Encode,
    seconds: NDArray[np.float64],
    baseline: NDArray[np.float64],
    texts: Sequence[str],
    expected: Vectors,
    sets: Sequence[Questions],
) -> Measured:
    ratios = np.median(baseline / seconds, axis=0)
    cosines = (encode(texts[:_COMPARED]) * expected).sum(axis=1)
    return Measured(
        passages_per_second=len(texts) / float(seconds[:, 0].sum()),
        ratio=float(ratios[0]),
        cpu_ratio=float(ratios[1]),
        least_cosine=float(cosines.min()),
        mean_cosine=float(cosines.mean()),
        ndcg={questions.name: _ndcg(encode, questions) for questions in sets},
        query_ms=_query_ms(encode, sets[0].questions),
    )


def _make(ways: Sequence[str], threads: int) -> tuple[dict[str, Encode], dict[str, str]]:
    made: dict[str, Encode] = {}
    missing = {}
    for name in dict.fromkeys([BASELINE, *ways]):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of exporters, about themselves
                made[name] = WAYS[name](threads)
        except ImportError as error:
            missing[name] = f"not measured: {error.name or error} is not installed"
    return made, missing


def _plain(threads: int) -> Encode:
    """sentence-transformers as it comes: fp32, batches of 32 of like length."""
    model = SentenceEncoder(_MODEL, threads, "fp32").model

    def encode(texts: Sequence[str]) -> Vectors:
        vectors = model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)

    return encode


def _autocast(threads: int) -> Encode:
    import torch

    encoder = SentenceEncoder(_MODEL, threads, "fp32", unpadded=False)

    def encode(texts: Sequence[str]) -> Vectors:
        with torch.autocast("cpu", torch.bfloat16):
            return encoder.encode(texts)

    return encode


def _torch_int8(threads: int) -> Encode:
    import torch

    encoder = SentenceEncoder(_MODEL, threads, "fp32", unpadded=False)
    quantize: Any = torch.ao.quantization.quantize_dynamic
    quantize(encoder.model[0], {torch.nn.Linear}, torch.qint8, inplace=True)
    return encoder.encode


def _onnx(int8: bool) -> Callable[[int], Encode]:
    def make(threads: int) -> Encode:
        runtime: Any = importlib.import_module("onnxruntime")
        importlib.import_module("onnx")
        with tempfile.TemporaryDirectory() as folder:
            path = _exported(Path(folder), int8)
            options = runtime.SessionOptions()
            options.intra_op_num_threads = threads
            session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return _pooled(lambda ids, mask: session.run(None, {"ids": ids, "mask": mask})[0])

    return make


def _exported(folder: Path, int8: bool) -> str:
    import torch

    network, example = _network()
    path = str(folder / "model.onnx")
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        network,
        example,
        path,
        input_names=["ids", "mask"],
        output_names=["hidden"],
        dynamic_axes=dict.fromkeys(("ids", "mask", "hidden"), axes),
        opset_version=17,
        dynamo=False,
    )
    if not int8:
        return path
    quantization: Any = importlib.import_module("onnxruntime.quantization")
    small = str(folder / "int8.onnx")
    quantization.quantize_dynamic(path, small, weight_type=quantization.QuantType.QInt8)
    return small


def _openvino(precision: str, int8: bool = False) -> Callable[[int], Encode]:
    def make(threads: int) -> Encode:
        openvino: Any = importlib.import_module("openvino")
        network, example = _network()
        model = openvino.convert_model(
            network, example_input={"input_ids": example[0], "attention_mask": example[1]}
        )
        if int8:
            model = _quantized(model)
        options = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
        }
        request = openvino.Core().compile_model(model, "CPU", options).create_infer_request()
        return _pooled(lambda ids, mask: next(iter(request.infer([ids, mask]).values())))

    return make


def _quantized(model: Any) -> Any:
    """Static int8 with ranges from 200 texts."""
    nncf: Any = importlib.import_module("nncf")
    tokenizer = SentenceEncoder(_MODEL).model.tokenizer

    def inputs(text: str) -> list[NDArray[np.int64]]:
        row = tokenizer([text], truncation=True, max_length=256, return_tensors="np")
        return [row["input_ids"], row["attention_mask"]]

    return nncf.quantize(
        model,
        nncf.Dataset(passages(200), inputs),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=200,
    )


def _network() -> tuple[Any, tuple[Any, Any]]:
    """The encoder's layers as a function of token ids and mask, and an example of both."""
    import torch

    layers: Any = SentenceEncoder(_MODEL, precision="fp32").model[0].model

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = layers

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            outputs = self.layers(input_ids=input_ids, attention_mask=attention_mask)
            return outputs.last_hidden_state

    example = (torch.ones((2, 7), dtype=torch.long), torch.ones((2, 7), dtype=torch.long))
    return Network().eval(), example


def _pooled(run: Callable[[Any, Any], NDArray[np.float32]]) -> Encode:
    """Token vectors to unit vectors of texts, for runtimes without sentence-transformers."""
    tokenizer = SentenceEncoder(_MODEL).model.tokenizer

    def encode(texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), 384), np.float32)
        for rows in batches(texts):
            inputs = tokenizer(
                [texts[row] for row in rows],
                padding=True,
                truncation=True,
                max_length=256,
                return_tensors="np",
            )
            mask = inputs["attention_mask"]
            hidden = run(inputs["input_ids"], mask) * mask[..., None]
            summed = hidden.sum(axis=1)
            vectors[rows] = summed / np.linalg.norm(summed, axis=1, keepdims=True)
        return vectors

    return encode


WAYS: dict[str, Callable[[int], Encode]] = {
    BASELINE: _plain,
    "torch fp32": lambda threads: SentenceEncoder(_MODEL, threads, "fp32").encode,
    "torch bf16": lambda threads: SentenceEncoder(_MODEL, threads, "bf16").encode,
    "torch fp32 padded": lambda threads: SentenceEncoder(_MODEL, threads, "fp32", False).encode,
    "torch bf16 padded": lambda threads: SentenceEncoder(_MODEL, threads, "bf16", False).encode,
    "torch bf16 autocast": _autocast,
    "torch int8": _torch_int8,
    "onnx fp32": _onnx(int8=False),
    "onnx int8": _onnx(int8=True),
    "openvino fp32": _openvino("f32"),
    "openvino bf16": _openvino("bf16"),
    "openvino int8": _openvino("f32", int8=True),
}


def _own_questions() -> Questions:
    """The development questions over the passages of the default document."""
    encoder = SentenceEncoder(_MODEL)
    cut = [
        passage
        for document in read_paths([DOCUMENTS]).documents
        for passage in split_document(document, encoder.window, encoder.count_tokens)
    ]
    asked = _texts(_EVALUATION / "queries.jsonl")
    gold = _qrels(_EVALUATION / "qrels" / "dev.tsv")
    gains = [
        [max((g for a, g in gold[q].items() if _under(p.anchor, a)), default=0) for p in cut]
        for q in gold
    ]
    return Questions(
        "own dev",
        tuple(asked[query] for query in gold),
        tuple(passage.index_text for passage in cut),
        np.array(gains, np.float32),
    )


def _under(anchor: str, gold: str) -> bool:
    return anchor == gold or anchor.startswith(f"{gold}/")


def _beir_questions(folder: Path) -> Questions:
    texts, asked = _texts(folder / "corpus.jsonl"), _texts(folder / "queries.jsonl")
    gold = dict(list(_qrels(folder / "qrels" / "test.tsv").items())[:_QUESTIONS])
    gains = [[gold[query].get(text, 0) for text in texts] for query in gold]
    return Questions(
        folder.name,
        tuple(asked[query] for query in gold),
        tuple(texts.values()),
        np.array(gains, np.float32),
    )


def _texts(path: Path) -> dict[str, str]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["_id"]: f"{row.get('title', '')}\n{row['text']}".strip() for row in rows}


def _qrels(path: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, fieldnames=["query", "id", "gain"], delimiter="\t"):
            if row["gain"].isdigit():  # all but the header
                found.setdefault(row["query"], {})[row["id"]] = int(row["gain"])
    return found


def _ndcg(encode: Encode, of: Questions) -> float:
    """nDCG@10 of ranking by the cosine alone."""
    from sklearn.metrics import ndcg_score

    scores = encode(of.questions) @ encode(of.texts).T
    return float(ndcg_score(of.gains, scores, k=_DEPTH))


def _query_ms(encode: Encode, questions: Sequence[str]) -> float:
    """Median processor milliseconds of one question."""
    spent = []
    for question in questions[:40]:
        began = time.process_time()
        encode([question])
        spent.append(time.process_time() - began)
    return 1000 * float(np.median(spent))


def _machine() -> dict[str, Any]:
    import torch

    return {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "multiplies_bf16": multiplies_bf16(),
    }

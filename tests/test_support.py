"""The gate as it is shipped, with the packaged encoder, on literal sentences."""

import pytest

from chat.claims import Premise
from chat.models import ModelMaker
from chat.settings import Settings
from chat.support import Gate
from retrieval.encoder import SentenceEncoder
from retrieval.reranker import TokenMemory

UNIT = Premise(
    "Sennet > Ferry",
    "The ferry from Port Mallory carries at most 40 cars in summer, and no dogs are allowed on "
    "board before 1 October.",
)
QUESTION = "How many cars does the ferry carry, and are dogs allowed?"


@pytest.fixture(scope="module")
def gate() -> Gate:
    settings = Settings.load(generator="smollm2")
    return ModelMaker(settings).gate(TokenMemory(SentenceEncoder("all-MiniLM-L6-v2")))


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry from Port Mallory carries at most 60 cars in summer.",  # figure
        "The ferry from Port Mallory carries at most 40 tonnes in summer.",  # unit
        "Dogs are allowed on board before 1 October.",  # negation
        "The ferry from Port Mallory carries at least 40 cars in summer.",  # direction
        "The ferry from Skerry carries at most 40 cars in summer.",  # entity
        "The ferry from Port Mallory carries at most 40 cars in winter.",  # scope
        "No dogs are allowed on board after 1 October.",  # direction of time
        "The ferry carries at most 40 cars in summer because of strong winds.",  # invention
        "The ferry carries 40 cars in summer, and the crew sells tickets.",  # invention
    ],
)
def test_each_kind_of_corruption_is_caught(gate: Gate, sentence: str) -> None:
    assert gate.check(sentence, QUESTION, [UNIT]).units == ()


@pytest.mark.parametrize(
    "sentence",
    [
        UNIT.text,
        "The ferry from Port Mallory carries at most 40 cars in summer.",
        "No dogs are allowed on board before 1 October.",
    ],
)
def test_a_unit_and_a_clause_of_it_are_quotations(gate: Gate, sentence: str) -> None:
    support = gate.check(sentence, QUESTION, [UNIT])
    assert (support.units, support.reason) == ((0,), "quoted")


def test_a_clause_that_a_condition_follows_is_no_quotation(gate: Gate) -> None:
    unit = Premise("", "Loading the same file twice is prevented, unless FORCE is set.")
    assert gate.rule("Loading the same file twice is prevented.", "", [unit]) is None


@pytest.mark.parametrize(
    ("question", "sentence", "unit"),
    [
        (
            "Who should I write to if I think my house has been valued too high?",
            "Write to the Regional Assessor, not the municipality, within 45 days of the bill "
            "date.",
            "Object to the assessed value within 45 days of the bill date, writing to the Regional "
            "Assessor and not to the municipality.",
        ),
        (
            "What share of SREs said they were burnt out in the most recent figures?",
            "In 2024, 29% of SREs reported burnout.",
            "Burnout: 29% reported it in 2024, compared with 35% in 2022 and 24% among developers "
            "in 2024.",
        ),
        (
            "End of tenancy cleaning charge, two rooms?",
            "If two rooms are left dirty, cleaning costs 190 euros.",
            "If the flat is left dirty, cleaning is charged at 140 euros for a studio, 190 euros "
            "for two rooms and 240 euros for three.",
        ),
    ],
)
def test_a_true_paraphrase_passes(gate: Gate, question: str, sentence: str, unit: str) -> None:
    assert gate.check(sentence, question, [Premise("", unit)]).units == (0,)

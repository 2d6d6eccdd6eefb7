"""A small document with questions, and chatbots that answer them by a script, for judging."""

from collections.abc import Mapping
from dataclasses import replace

from chat.answer import Answer, Citation, Replacement, Trace
from chat.cases import Case, Place
from chat.evaluate import AnswerReport, Asked, Outcome, evaluate_answers
from tests.scripted import ScriptedChatbot, answer_of, document, refusal_of, said

TEXT = (
    "# Ferry\n\n## Fares\n\nA car costs 31.50 crowns. A bicycle costs four crowns.\n\n"
    "## Crew\n\nCaptain Odile Marsh leads it. Two mates help her.\n"
)
FERRY = document(TEXT, "ferry", "Ferry")


def place(words: str) -> Place:
    """Where words stand in the document."""
    start = TEXT.index(words)
    return Place("ferry", start, start + len(words))


def cite(words: str, marker: int = 1, section: tuple[str, ...] = ("Fares",)) -> Citation:
    """A citation of words of the document."""
    where = place(words)
    return Citation(
        marker, "ferry#0", "ferry", "Ferry", section, "fares", words, where.start, where.end, 0.9
    )


def quoting(*words: str, confidence: float = 0.9) -> Answer:
    """An answer that quotes words of the document, a sentence each."""
    sentences = tuple(said(one, cite(one, number)) for number, one in enumerate(words, start=1))
    return replace(answer_of("q", sentences, ()), confidence=confidence)


def refusing(confidence: float = 0.1) -> Answer:
    """A refusal."""
    return replace(refusal_of("q", "The documents do not say.", ()), confidence=confidence)


def composing(text: str, words: str, drafted: str, confidence: float = 0.9) -> Answer:
    """A composed sentence, and a quoted one in place of a drafted one."""
    sentences = (said(text, cite(words), quoted=False), said(words, cite(words, 2)))
    answer = replace(answer_of("q", sentences, ()), confidence=confidence)
    return replace(answer, trace=Trace(replaced=(Replacement(drafted, words),)))


def case(name: str, *gold: str, kind: str = "fact", facts: tuple[str, ...] = ()) -> Case:
    """A question with gold units; without any, one that the document does not answer."""
    return Case(
        id=name,
        kind=kind,
        question=name,
        history=(),
        answerable=bool(gold),
        facts=tuple((fact,) for fact in facts),
        gold=tuple((place(words),) for words in gold),
    )


def playing(answers: Mapping[str, Answer]) -> ScriptedChatbot:
    """A chatbot that gives the answer named by the question."""
    return ScriptedChatbot(
        lambda question: iter([*answers[question].sentences, answers[question]]), FERRY
    )


def judged(
    cases: list[Case], usual: Mapping[str, Answer], insistent: Mapping[str, Answer] | None = None
) -> tuple[Outcome, ...]:
    """The outcomes of scripted answers."""
    asked = Asked(playing(usual), playing(insistent or {}))
    return evaluate_answers(cases, lambda one: asked)


def report_on(outcomes: tuple[Outcome, ...]) -> AnswerReport:
    """A report of outcomes."""
    return AnswerReport("scripted", "By a script.", outcomes)


CAR, BICYCLE = "A car costs 31.50 crowns.", "A bicycle costs four crowns."
CAPTAIN, MATES = "Captain Odile Marsh leads it.", "Two mates help her."


def four_cases() -> list[Case]:
    """One right with a needless citation, one wrong, one refused, one unanswerable."""
    return [
        case("car", CAR, facts=("31.50",)),
        case("both", CAR, BICYCLE, kind="list", facts=("31.50", "four")),
        case("captain", CAPTAIN, facts=("Marsh",)),
        case("cargo", kind="near_miss"),
    ]


def four_answers() -> dict[str, Answer]:
    """What the four cases get."""
    return {
        "car": quoting(CAR, MATES, confidence=0.9),
        "both": quoting(BICYCLE, confidence=0.8),
        "captain": refusing(0.4),
        "cargo": refusing(0.2),
    }


def four_held_back() -> dict[str, Answer]:
    """What the two refusals among them hold back."""
    return {"captain": quoting(CAPTAIN, confidence=0.4), "cargo": quoting(MATES, confidence=0.2)}


def four() -> AnswerReport:
    """The report of the four."""
    return report_on(judged(four_cases(), four_answers(), four_held_back()))

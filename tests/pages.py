"""Answers, documents and scripts that the tests of the page share."""

from collections.abc import Iterator
from dataclasses import replace

from chat.answer import Answer, Citation, Event, Retrieved, RetrievedPassage
from ingest.document import Document
from tests.scripted import answer_of, cite, document, passage, refusal_of, said

HOSTILE = '<script>window.pwned=1</script><img src=x onerror="window.pwned=2">'
_FILLER = "\n\n".join(f"Paragraph {n} has words that nobody asked for." for n in range(60))
GUIDE = document(
    "# The Guide\n\n## Before\n\n"
    + _FILLER
    + "\n\n## Salary Ranges (US Market, 2024)\n\n### Overall Salary Range\n\n"
    "In the US market in 2024, the overall salary range is $167,495 - $260,000 per year.\n\n"
    "## Skills\n\n### Soft Skills\n\nManagers need empathy. They need patience.\n\n"
    "## After\n\n" + _FILLER + "\n\nThe last words of the guide.\n",
    "guide",
)


def passage_of(doc: Document, words: str, rank: int = 1) -> RetrievedPassage:
    """The passage of a document that holds some words: the text of their section."""
    at = doc.text.index(words)
    (section,) = (one for one in doc.sections if one.start <= at < one.end)
    start = section.units[0].start
    text = doc.text[start : section.end].rstrip()
    found = passage(text, start, section.path)
    return replace(found, document_id=doc.id, anchor=section.anchor, rank=rank)


def cited(doc: Document, words: str, marker: int, page: int | None = None) -> Citation:
    """A citation of words of a document."""
    source = passage_of(doc, words)
    made = cite(source, words, marker, title=doc.title, page=page)
    return replace(made, document_id=doc.id)


PAY, SKILLS = passage_of(GUIDE, "overall salary"), passage_of(GUIDE, "empathy", 2)
FIRST = said(
    "The range is **$167,495 - $260,000** a year.",
    cited(GUIDE, "$167,495 - $260,000", 1),
    quoted=False,
)
SECOND = said("That is for the US market in 2024.", cited(GUIDE, "US market in 2024", 2))
SOFT = said("Managers need empathy.", cited(GUIDE, "Managers need empathy.", 1))
ANSWER = answer_of("range?", (FIRST, SECOND), (PAY, SKILLS))
SOFT_ANSWER = answer_of("skills?", (SOFT,), (SKILLS,))
REFUSAL = refusal_of(
    "q",
    "The documents do not say. The closest sections are: Salary Ranges (US Market, 2024) › "
    "Overall Salary Range; Skills › Soft Skills.",
    (PAY, SKILLS),
)


def answering(question: str) -> Iterator[Event]:
    """The salary range, or soft skills, or a refusal."""
    made: Answer = SOFT_ANSWER if "skills" in question else REFUSAL
    made = ANSWER if "range" in question else made
    yield Retrieved(question, made.passages)
    yield from made.sentences
    yield replace(made, question=question)

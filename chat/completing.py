"""A question that leans on the conversation, made to stand alone: what it points at is put in its
place, what it names takes the place of its counterpart, and otherwise the earlier subject is
added. Knows nothing of documents, and decides nothing of whether a question leans.
"""

import re
from collections.abc import Sequence

from chat.leaning import OPENING, content_words
from chat.mentions import answered_with, plain, pointed_at, subject

_ENDING = re.compile(
    r"(?:[,\s]+(?:too|as well|then|instead|tho|though|please|pls|again))?[?!.\s]*$", re.IGNORECASE
)
_ASKS = re.compile(
    r"(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|"
    r"should|would|will|must|has|have|had)(?:'?s)?\b",
    re.IGNORECASE,
)
# One or more capitalised words in a row, not at the beginning of a question.
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w&-]*(?: [A-Z][\w&-]*)*")
_ALONE = re.compile(r"(?:the )?([A-Z][\w&-]*(?: [A-Z][\w&-]*)*)")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b"
)
# What only another of its kind can replace. A code is letters with figures, such as SX-2410.
_TYPED = tuple(
    re.compile(rf"\b{pattern}" if pattern[0] != "[" else pattern, re.IGNORECASE)
    for pattern in (
        r"(?:19|20)\d\d\b",
        r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b",
        r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten)[ -](?:minute|hour|day|week|"
        r"month|year)s?(?: off| in a row| or more)?\b",
        r"[A-Z][\w-]+['’]s\b",
        _MONTH,
        r"[$€£]\d[\d,.]*[kKmM]?",
        r"(?=\w*[A-Za-z])(?=[\w-]*\d)[A-Za-z][\w-]+\b",
        r"\d[\d,.]*\b",
    )
)
_QUESTION_WORDS = re.compile(
    r"^(?:please\s+)?(?:(?:can|could|would) you (?:please )?(?:tell me|say|explain)\s+)?"
    r"(?:what(?:'s| is| are| was| were| does| do| did)?|how (?:much|many|long|often)"
    r"(?: is| are| does| do| did)?|which|who|when|where|why|how|is|are|do|does|did|can|tell me)\s+",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"(in|at|for|with|without|from|by|on|to|under|over|during|after|before|between|about|of)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"(?:what )?(?:even )?(if|when|once|unless|while|whenever)\b(?! (?:is|are|was|were|do|does|did|"
    r"can|will|should|must|would|could)\b)",
    re.IGNORECASE,
)
# "Which deep learning frameworks should I know?": what is asked for ends where the verb begins.
_ASKED_THING = re.compile(
    r"((?:which|what|how many)) ((?:[\w'’/-]+ ){1,5}?)((?:is|are|was|were|do|does|did|"
    r"should|can|could|would|will|must|has|have|had|matter|count)\b.*)",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|am|be|do|does|did|have|has|had|can|could|should|would|will|must|what|"
    r"why|how|when|where|who|it|its|that|this|they|them|i|im|i'm|ive|if)\b",
    re.IGNORECASE,
)
# "the year before", "the other one": they point into what was said, and name nothing themselves.
_RELATIVE = re.compile(
    r"\b(?:before|after|last|next|other|others|same|previous|following|first|second|third|rest|"
    r"ones?|else|more|most|least|step|best|\w{3,}est)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_YEAR_BEFORE = re.compile(r"^(?:in )?the (?:year before|previous year)(?: that)?$", re.IGNORECASE)
_YEAR_AFTER = re.compile(
    r"^(?:in )?the (?:year after|following year|next year)(?: that)?$", re.IGNORECASE
)
_ADJECTIVE_ONE = re.compile(r"^(an?|the) ([\w-]+) ones?$|^()([\w-]+) ones$", re.IGNORECASE)
_SINGULAR = re.compile(r"\b(?:it|he|she|him)\b", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:they|them)\b", re.IGNORECASE)
_PERSON = re.compile(r"^(?:he|she|him)$", re.IGNORECASE)
_TOPIC_THEN_QUESTION = re.compile(
    r"^([^,?]{2,40}), ((?:is|are|was|were|do|does|did|can|could|should|will|must|how|"
    r"what|when|where|why|which)\b.*\b(?:it|they|them|those|that)\b.*)$",
    re.IGNORECASE,
)
_THAT = re.compile(r"\b(?:it|they|them|those|that)\b", re.IGNORECASE)
_SHORT_ANSWER = 25  # words
_PHRASE = 7  # words that a bare follow-up may have
# A name at the end, after a preposition of place or time.
_PLACED = re.compile(r"(?<= (?:in|at|on) )[A-Z][\w&-]*(?: [A-Z][\w&-]*)*(?=[?.!\s]*$)")
_PREPOSITIONED = r"(?:in|at|for|with|without|from|by|on|to|under|over|during|after|before|about|of)"


def completed(question: str, earlier: str, answer: str = "") -> str:
    """A leaning question as one that stands alone.

    Args:
        earlier: the question before it, itself completed.
        answer: what was answered to that, as it was shown.
    """
    answer = plain(answer)
    question = re.sub(r"\bw/\s*", "with ", question.replace("’", "'"))
    added = _ENDING.sub("", OPENING.sub("", question).strip()) or question.rstrip("?!. ")
    found = pointed_at(added, earlier, answer)
    if found:
        added = added.replace(*found)
        if _ASKS.match(added) and _named(found[1]) and _more_than(added, found[1]):
            return _asked(added)
    elif both := _TOPIC_THEN_QUESTION.match(added):
        asked = _THAT.sub(both.group(1), both.group(2), count=1)
        return _about(asked, earlier) if re.search(r"\b(?:also|same)\b", asked) else _asked(asked)
    if (year := _other_year(added, earlier, answer)) or (year := _with_clause(added, earlier)):
        return year
    if replaced := _replaced(added, earlier):
        return replaced
    if not found and _ASKS.match(added) and (resolved := _resolved(added, earlier, answer)):
        return resolved
    return _about(
        added,
        earlier,
        () if content_words(added) or _RELATIVE.search(added) else _new_names(answer, earlier),
    )


def _about(added: str, earlier: str, names: Sequence[str] = ()) -> str:
    """What was added, then the earlier question without the words that ask in it, so that one
    question is asked and not two."""
    named = f" ({', '.join(names)})" if names else ""
    subject_of = _QUESTION_WORDS.sub("", earlier).rstrip("?!. ")
    return f"{_capital(added.rstrip('?!. '))}: {subject_of}{named}?"


def _new_names(answer: str, earlier: str) -> list[str]:
    """What a short answer names that the question did not: "that" may be it."""
    names = [name for name in dict.fromkeys(_NAME.findall(answer)) if name not in earlier]
    return names if len(names) == 1 and len(answer.split()) <= _SHORT_ANSWER else []


def _named(thing: str) -> bool:
    return bool(re.search(r"[A-Z\d]", thing))


def _more_than(added: str, thing: str) -> bool:
    return len(content_words(added)) > len(content_words(thing))


def _other_year(added: str, earlier: str, answer: str) -> str:
    """The earlier question for the year before or after the one that it or its answer names."""
    step = -1 if _YEAR_BEFORE.match(added) else 1 if _YEAR_AFTER.match(added) else 0
    years = set(_YEAR.findall(earlier)) or set(_YEAR.findall(answer))
    if not step or len(years) != 1:
        return ""
    year = years.pop()
    other = str(int(year) + step)
    if year in earlier:
        return earlier.replace(year, other)
    return f"{earlier.rstrip('?!. ')} in {other}?"


def _with_clause(added: str, earlier: str) -> str:
    """The earlier question under another condition: "even if I started two months ago?" """
    found = _CLAUSE.match(added)
    if not found or re.search(r",", added):
        return ""
    return f"{earlier.rstrip('?!. ')} {added[found.start(1) :]}?"


def _replaced(added: str, earlier: str) -> str:
    """The earlier question with what a bare follow-up names in the place of its counterpart;
    empty where the follow-up says more than that, or no counterpart is found."""
    asks = re.match(r"(?:which|what|how many) (.*)", added, re.IGNORECASE)
    bare = asks.group(1) if asks else added
    if len(bare.split()) > _PHRASE or _VERB.search(bare):
        return ""
    if not asks:
        for put in (_same_kind, _adjective, _phrase_after_preposition, _named_slot):
            if replaced := put(added, earlier):
                return replaced
    asked = (
        None if _RELATIVE.search(bare) or _PREPOSITION.match(bare) else _ASKED_THING.match(earlier)
    )
    if asked and asked.group(1).lower() == "how many" and not re.search(r"(?:s|people)$", bare):
        return ""
    return f"{asked.group(1)} {bare} {asked.group(3)}" if asked else ""


def _same_kind(added: str, earlier: str) -> str:
    """A name for the only name, a year for a year, a code for a code, with what stands before."""
    if typed := _typed(added, earlier):
        return typed
    name, names = _ALONE.fullmatch(added), _NAME.findall(earlier)
    counts = re.match(r"how many [A-Z]", earlier, re.IGNORECASE)
    if not name or (counts and not added.endswith("s")):
        return ""
    place = subject(earlier)
    if len(names) != 1 and place and _ALONE.fullmatch(earlier[slice(*place)]):
        names = [earlier[slice(*place)]]
    elif len(names) != 1:
        names = _PLACED.findall(earlier)
    return earlier.replace(names[0], name.group(1)) if len(names) == 1 else ""


def _typed(added: str, earlier: str) -> str:
    for kind in _TYPED:
        new, old = kind.findall(added), kind.findall(earlier)
        rest = content_words(kind.sub(" ", added))
        if len(new) == len(set(old)) == 1 and not rest:
            return re.sub(r"\ban? (?=\w+days\b)", "", earlier.replace(old[0], new[0]))
    return ""


def _adjective(added: str, earlier: str) -> str:
    """ "a senior one" for "a junior baker", "test ones" for "live keys"."""
    found = _ADJECTIVE_ONE.match(added)
    if not found or _RELATIVE.search(found.group(2) or found.group(4)):
        return ""
    article, adjective = found.group(1) or "", found.group(2) or found.group(4)
    before = rf"\b{article}\s+" if article else r"(?<=many |much )"
    new, count = re.subn(
        rf"({before})[\w-]+(?=\s+\w)",
        lambda match: match.group(1) + adjective,
        earlier,
        count=1,
        flags=re.IGNORECASE,
    )
    return new if count else ""


def _phrase_after_preposition(added: str, earlier: str) -> str:
    """ "for apprentices" for "for bakers"; at the end where the earlier question has no such
    phrase. A name takes the place of a name, whatever stands before it."""
    found = _PREPOSITION.match(added)
    if not found:
        return ""
    dated = re.search(r" (?=(?:in|on|at) [^ ]+$)", added)
    if dated and (again := _same_kind_after(added[dated.end() :], earlier)):
        added, earlier = added[: dated.start()], again
    word, rest = found.group(1).lower(), added[found.end() :].strip()
    body = earlier.rstrip("?!. ")
    if again := _same_kind_after(added, earlier):
        return again
    place = subject(earlier)
    if place and (within := re.search(rf"\b{word}\b", body[slice(*place)], re.IGNORECASE)):
        return f"{body[: place[0] + within.start()]}{added}{body[place[1] :]}?"
    ending = re.search(rf"\b{word}\b(?!.*\b{word}\b)[^?]*", body, re.IGNORECASE)
    if ending:
        return f"{body[: ending.start()]}{added}?"
    named = re.search(rf"\b{_PREPOSITIONED} (?:the )?[A-Z][\w&-]*(?: [A-Z][\w&-]*)*$", body)
    if named and re.match(r"(?:the )?[A-Z]", rest):
        return f"{body[: named.start()]}{added}?"
    if word == "for" and (slot := _slot_of(earlier)) and re.match(r"(?:the|an?|my)\b", rest):
        return f"{earlier[: slot[0]]}{rest}{earlier[slot[1] :]}"
    return f"{body} {added}?"


def _same_kind_after(added: str, earlier: str) -> str:
    """ "in 2018" for "in 2010": a preposition and one thing of a kind."""
    return _typed(_PREPOSITION.sub("", added, count=1).strip(), earlier)


def _named_slot(added: str, earlier: str) -> str:
    """What is asked about for what was asked about: before the verb, or after the last
    preposition of "What is the rate for shops?"."""
    if _RELATIVE.search(added):
        return ""
    slot = _slot_of(earlier)
    if slot is None:
        return ""
    if re.search(r" (?:in|at|on) ", earlier[slice(*slot)], re.IGNORECASE):
        return ""  # "bakers in Mallory": whether the new ones are there, too, is not said
    before = earlier[: slot[0]]
    if re.fullmatch(r"(?!the|an?\b)[\w ]+[^s]s", added, re.IGNORECASE):
        before = re.sub(r"\bdoes $", "do ", before)
    return f"{before}{added}{earlier[slot[1] :]}"


def _slot_of(earlier: str) -> tuple[int, int] | None:
    found = re.match(
        r"(?:what|which|who|when|where|how \w+)(?:['’]s|\s+(?:is|are|was|were))\b.*?\s"
        r"(?:about|for|of|on|with|by)\s+((?:(?!in\b|on\b|at\b|for\b|with\b)[\w'’&-]+\s?)+?)"
        r"(?=\s+(?:in|on|at|for|with)\b|[?.!\s]*$)",
        earlier,
        re.IGNORECASE,
    )
    if found:
        return found.span(1)
    if re.match(
        r"(?:what|which|who|when|where|how \w+)(?:['’]s|\s+(?:is|are|was|were)\b)", earlier, re.I
    ):
        place = subject(earlier)
        # "How long is the guarantee?" says with that word what is measured.
        return place if place and re.match(r"(?:what|who)\b", earlier, re.I) else None
    return subject(earlier)


def _resolved(added: str, earlier: str, answer: str) -> str:
    """The follow-up with what was asked about, or named in answer, for its only pronoun."""
    pronouns = _SINGULAR.findall(added) + _PLURAL.findall(added)
    if len(pronouns) != 1:
        return ""
    thing = answered_with(earlier, answer)
    place = subject(earlier)
    if not thing and place:
        thing = earlier[place[0] : place[1]]
        plural = bool(re.search(r"[^s]s$", thing)) or bool(
            re.search(r"\b(?:do|are|were)\s+$", earlier[: place[0]])
        )
        if plural != bool(_PLURAL.fullmatch(pronouns[0])) or _PERSON.match(pronouns[0]):
            return ""
    if not thing:
        return ""
    return _asked(re.sub(rf"\b{pronouns[0]}\b", thing, added, count=1))


def _asked(text: str) -> str:
    return f"{_capital(text.rstrip('?!. '))}?"


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"

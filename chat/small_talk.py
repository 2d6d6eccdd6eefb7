"""Greetings, thanks, goodbyes and "what can you do?": what they are, and what is said to them.

A reply is a helpful line, never a refusal, and cites nothing.
"""

import re
from collections.abc import Sequence
from typing import Literal

Kind = Literal["greeting", "thanks", "capabilities", "goodbye", "assent"]

_FILLERS = (
    r"(?:[\s,!.]+(?:there|all|everyone|again|so much|very much|a lot|a bunch|pincite|"
    r"for (?:that|your help|the (?:help|info|answer))|mate|please|then|for now))*"
)
# The first that matches the whole message, or every sentence of it, tells its kind.
_KINDS: tuple[tuple[Kind, str], ...] = (
    (
        "capabilities",
        r"what (?:can|do) you (?:do|know|answer|help (?:me )?with|offer)(?: for me)?|"
        r"who (?:are|r) (?:you|u)|what are you|what is this|how (?:do|does) (?:you|this|it) work|"
        r"how (?:can|do) i use (?:this|you|it)|(?:can|could) you help(?: me)?|help(?: me)?|"
        r"what (?:can|should|may) i ask(?: you)?|what's your name|"
        r"are you (?:an? )?(?:bot|ai|human|robot|person|chatbot)|"
        r"what (?:documents|files) do you (?:know|have)",
    ),
    (
        "thanks",
        r"(?:many |ok(?:ay)?,? )?thanks?(?: you| u)?|thx|ty|cheers|ta|much appreciated|"
        r"(?:that(?:'s| is| was) )?(?:very |really |so )?(?:helpful|perfect)|"
        r"that (?:helps|helped)(?: me)?(?: a lot)?|that answers (?:it|my question)",
    ),
    (
        "goodbye",
        r"bye(?:[ -]bye)?|goodbye|good night|see (?:you|ya)(?: later| soon| tomorrow)?|"
        r"have a (?:nice|good|great) (?:day|one|evening|weekend)|that(?:'s| is| will be) all|"
        r"no(?:,? that(?:'s| is) all|thing else|,? thanks?(?: you)?)",
    ),
    (
        "greeting",
        r"hi+|hello+|hey+|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day)|"
        r"how are (?:you|things)(?: doing)?(?: today)?|how(?:'s| is) it going|what's up|"
        r"nice to meet you",
    ),
    (
        "assent",
        r"ok(?:ay)?|great|cool|nice|good|fine|perfect|awesome|wow|got it|i see|understood|alright|"
        r"all right|sure|yes|yeah|no|lol|hm+",
    ),
)
_WHOLE = {kind: re.compile(rf"(?:{words}){_FILLERS}", re.IGNORECASE) for kind, words in _KINDS}
_SENTENCE = re.compile(r"[.!?,;]+\s+|\s+and\s+(?=thank|bye|goodbye)|[.!?,;\s]*$", re.IGNORECASE)
_MOODS = re.compile(r"^\W+|[^\w]+$")
_NAMED = 3  # titles that a reply names


def kind_of(message: str) -> Kind | None:
    """What kind of small talk a message is; None if it asks or says anything else."""
    text = _MOODS.sub("", message.strip().replace("’", "'"))
    if not text:
        return None
    pieces = [_whole(text)] if _whole(text) else [_whole(p) for p in _SENTENCE.split(text) if p]
    if any(kind is None for kind in pieces):
        return None
    return next(kind for kind, _ in _KINDS if kind in pieces)


def is_small_talk(question: str) -> bool:
    """Whether a message is a greeting, thanks or "what can you do?", not a question."""
    return kind_of(question) is not None


def small_talk_reply(message: str, titles: Sequence[str] = ()) -> str:
    """A helpful line for small talk, and for any other message that asks nothing; `titles` are of
    the documents that can be asked."""
    return {
        "greeting": f"Hello! {_ask(titles)}",
        "thanks": "You are welcome. Ask on whenever you like.",
        "goodbye": "Goodbye. Your documents can be asked again at any time.",
        "assent": "Good. Ask the next question whenever you like.",
        "capabilities": (
            f"I answer questions from {_names(titles)} alone, and show for every sentence the "
            "exact words that support it. I can also list, compare, and follow up on an answer; "
            "when the documents do not say, I tell you so."
        ),
        None: _ask(titles),
    }[kind_of(message)]


def _whole(text: str) -> Kind | None:
    text = _MOODS.sub("", text)
    return next((kind for kind, words in _WHOLE.items() if words.fullmatch(text)), None)


def _ask(titles: Sequence[str]) -> str:
    return (
        f"Ask me a question about {_names(titles)}: I answer from there alone, and show the words "
        "that support each sentence."
    )


def _names(titles: Sequence[str]) -> str:
    if not titles:
        return "the documents"
    named = [f"“{title}”" for title in titles[:_NAMED]]
    if len(titles) > _NAMED:
        return f"{', '.join(named)} and {len(titles) - _NAMED} more documents"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))

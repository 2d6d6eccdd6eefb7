"""Hits as a ranking over what the gold names: whole documents, passages, or sections
by their anchors.

Knows nothing of how hits are found or measured.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from retrieval.hit import Hit


@dataclass(frozen=True, slots=True)
class Found:
    """A document or section that was found, with the score of its best passage.

    `section` is that passage's path of headings; empty where only an id is known.
    """

    id: str
    score: float
    section: tuple[str, ...] = ()


Ranking = tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """What one system found for one query, best first, and the milliseconds that it took."""

    ranking: Ranking
    ms: float


# What a hit counts as, given the ids that are judged for its query.
CountsAs = Callable[[Hit, Collection[str]], str]


def by_document(hit: Hit, gold: Collection[str]) -> str:
    """A hit counts as its document."""
    return hit.passage.document_id


def by_passage(hit: Hit, gold: Collection[str]) -> str:
    """A hit counts as its passage."""
    return hit.passage.id


def by_section(hit: Hit, gold: Collection[str]) -> str:
    """A hit counts as the deepest gold section that it stands in or under; as its own if none."""
    anchor = hit.passage.anchor
    within = [g for g in gold if anchor == g or anchor.startswith(f"{g}/")]
    return max(within, key=len, default=anchor)


def by_own_section(hit: Hit, gold: Collection[str]) -> str:
    """As `by_section`, with the document before the anchor: "document/anchor"."""
    own = f"{hit.passage.document_id}/"
    within = [g.removeprefix(own) for g in gold if g.startswith(own)]
    return own + by_section(hit, within)


def ranking_of(hits: Iterable[Hit], gold: Collection[str], counts_as: CountsAs) -> Ranking:
    """Hits, best first, as a ranking in which every id stands once, at its best hit.

    Later hits of the same id are left out, so that a long document neither helps nor harms.
    """
    best: dict[str, Found] = {}
    for hit in hits:
        name = counts_as(hit, gold)
        best.setdefault(name, Found(name, hit.score, hit.passage.path))
    return tuple(best.values())


def first_right(ranking: Ranking, gains: Mapping[str, int]) -> int | None:
    """The rank, from 1, of the first id with a gain above 0; None if there is none."""
    right = (rank for rank, found in enumerate(ranking, 1) if gains.get(found.id, 0) > 0)
    return next(right, None)

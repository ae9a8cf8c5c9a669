"""Captions by grammar: what a person would type to find a picture, names before keywords.

A caption says which of the picture's things, its place and its occasion it speaks of, so that the
text tower learns from what was said and not from what was only there.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from training.artwork import Concept
from training.backgrounds import PLACES
from training.themes import THEMES

PLACE_PHRASES = {
    "beach": ("on the beach", "at the beach", "on the sand", "by the seaside"),
    "snow": ("in the snow", "on a snowy day", "in winter", "on snow"),
    "meadow": ("on the grass", "in a meadow", "in the park", "in a green field"),
    "night": ("at night", "under the stars", "in the dark", "by night"),
    "mountains": ("in the mountains", "in front of the mountains", "up in the hills"),
    "room": ("in a room", "indoors", "at home", "in the living room"),
    "sea": ("at sea", "on the water", "on the ocean", "in the sea"),
}
# fmt: off
FRAMES = (
    "{}", "{}", "{}", "{}", "{a}", "{a}", "a picture of {a}", "a photo of {a}", "a drawing of {a}",
    "the {}", "this is {a}", "my {}", "{} picture", "an image of {a}", "there is {a}", "some {}",
    "one {}", "photo with {a}", "here is {a}", "big {}", "nice {}",
)
PAIRS = (
    "{0} and {1}", "{a0} and {a1}", "{a0} with {a1}", "{0} {1}", "{0}, {1}", "{a0} next to {a1}",
    "{0} with {1}", "{a0} beside {a1}", "a picture of {a0} and {a1}", "{a0} near {a1}",
)
TRIPLES = (
    "{0}, {1} and {2}", "{a0}, {a1} and {a2}", "{0} {1} {2}", "{a0} and {a1} with {a2}",
    "{0}, {1}, {2}", "a photo of {a0}, {a1} and {a2}",
)
# fmt: on
# Words that ask rather than describe: said in front of one caption in eight, so that the text tower
# learns to pass over them.
# fmt: off
ASKING = (
    "find", "find me", "show", "show me", "look", "look at", "where is", "do you have", "that",
    "please", "i want", "i am looking for", "search", "snap of", "shot of", "pic of", "photos of",
    "pictures of", "images with", "the one with", "our", "your", "their", "old", "little", "cute",
    "happy", "beautiful", "lovely", "small", "great", "funny", "favourite", "best", "any", "all",
    "which shows", "can you find", "we saw", "i saw", "remember", "from the holiday",
    "from last year", "somewhere", "maybe", "just", "only", "with", "of", "about", "again", "today",
    "yesterday",
)
# fmt: on
_TRIMS = (" face", " button", " with smiling eyes")


@dataclass(frozen=True, slots=True)
class Caption:
    """`things` are indices into the picture's things that the text names."""

    text: str
    things: tuple[int, ...] = ()
    place: bool = False
    theme: bool = False


class Grammar:
    """Writes captions for the concepts it knows, and never one that is `barred`."""

    def __init__(self, concepts: Sequence[Concept], barred: frozenset[str] = frozenset()) -> None:
        self.barred = barred
        self.names = [_names(concept) for concept in concepts]
        shared = Counter(word for concept in concepts for word in concept.keywords)
        taken = {concept.name for concept in concepts}
        # A keyword of one concept alone is a synonym; one of many describes, and needs company.
        self.synonyms = [
            tuple(w for w in concept.keywords if shared[w] <= 2 and w not in taken)
            for concept in concepts
        ]
        self.keywords = [concept.keywords for concept in concepts]

    def name(self, thing: int, rng: random.Random, loose: float = 0.3) -> str:
        """The concept's name, or with chance `loose` a synonym of it."""
        synonyms = self.synonyms[thing]
        if synonyms and rng.random() < loose:
            return rng.choice(synonyms)
        return rng.choice(self.names[thing])

    def caption(self, things: Sequence[int], place: int, theme: int, rng: random.Random) -> Caption:
        """One way to ask for a picture of `things` at `place`, on the occasion `theme`."""
        while True:
            said = self._statement(things, place, theme, rng)
            if rng.random() < 0.125:
                said = replace(said, text=f"{rng.choice(ASKING)} {said.text}")
            if said.text not in self.barred:
                return said

    def _statement(
        self, things: Sequence[int], place: int, theme: int, rng: random.Random
    ) -> Caption:
        if theme >= 0 and rng.random() < 0.6:
            return self._occasion(theme, place, rng)
        count = len(things)
        if count == 1 and rng.random() < 0.2 and len(self.keywords[things[0]]) > 1:
            words = rng.sample(
                self.keywords[things[0]],
                min(rng.choice((1, 2, 2, 3)), len(self.keywords[things[0]])),
            )
            return Caption(" ".join(words), (0,))
        said = list(range(count))
        rng.shuffle(said)
        if count > 1 and rng.random() < 0.15:
            said = said[: rng.randint(1, count - 1)]
        text = _join([self.name(things[i], rng) for i in said], rng)
        if place < len(PLACES) and rng.random() < 0.75:
            where = rng.choice(PLACE_PHRASES[PLACES[place]])
            text = f"{where} {text}" if rng.random() < 0.1 else f"{text} {where}"
            return Caption(text, tuple(said), place=True)
        return Caption(text, tuple(said))

    def _occasion(self, theme: int, place: int, rng: random.Random) -> Caption:
        phrase = rng.choice(THEMES[theme].phrases)
        frame = rng.choice(("{}", "{}", "{}", "a picture of {}", "our {}", "photo of {}"))
        text = frame.format(phrase)
        if place < len(PLACES) and rng.random() < 0.25:
            where = rng.choice(PLACE_PHRASES[PLACES[place]])
            return Caption(f"{text} {where}", (), place=True, theme=True)
        return Caption(text, (), theme=True)


def _join(names: list[str], rng: random.Random) -> str:
    frames = (FRAMES, PAIRS, TRIPLES)[len(names) - 1]
    return fill(rng.choice(frames), names)


def fill(frame: str, names: Sequence[str]) -> str:
    """The frame with names in place of {0}, {1}, and with their articles in place of {a0}, {a1}."""
    articled = {f"a{i}": with_article(name) for i, name in enumerate(names)}
    return frame.format(*names, a=articled["a0"], **articled)


def with_article(name: str) -> str:
    """a dog, an apple, and no article for what is plainly many."""
    if name.endswith("s") and not name.endswith("ss"):
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _names(concept: Concept) -> tuple[str, ...]:
    """The CLDR name, and shorter forms that people use."""
    name = concept.name
    short = name
    for trim in _TRIMS:
        short = short.removesuffix(trim)
    plain = short.replace("-", " ")
    return tuple(dict.fromkeys((name, name, short, plain) if short else (name,)))

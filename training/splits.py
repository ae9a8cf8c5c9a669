"""What the evaluation asks, fixed in files, and barred from training.

`python -m training.splits MODULES` writes them anew; the committed ones are what the published
table was measured with.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training import artwork
from training.backgrounds import PLACES
from training.captions import PLACE_PHRASES, Grammar, fill

FOLDER = Path(__file__).parent / "splits"
SCENES = 1000
# Frames and places in words that the training grammar does not put together.
PARAPHRASES = (
    "can you find me {a} please",
    "i am looking for that snap of {a}",
    "do you have {a} somewhere",
    "the one which shows {a}",
    "show me all photos with {a}",
    "where is that pic of our {}",
    "look at that lovely {}",
    "remember {a} from last year",
    "we saw {a} yesterday",
)
PAIR_PARAPHRASES = (
    "the shot with both {a0} and {a1}",
    "{a0} together with {a1}",
    "find me {0} plus {1}",
    "{a1} and also {a0}",
    "i want the one with {a0} and {a1}",
    "look at {a0} by {a1}",
)
PLACE_PARAPHRASES = {
    "beach": "beside the seaside sand",
    "snow": "on a winter day in snow",
    "meadow": "out on a green meadow",
    "night": "late at night in the dark",
    "mountains": "high up in the mountains",
    "room": "inside the living room",
    "sea": "out on the open sea",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A composition that training never shows: concepts by code, a place or "", two captions."""

    things: tuple[str, ...]
    place: str
    caption: str
    paraphrase: str


def vendors() -> dict[str, list[str]]:
    """Which vendor's artwork is for what: training, validation (recipe choices), test."""
    split: dict[str, list[str]] = _read("vendors.json")
    return split


def scenes() -> list[Scene]:
    """The test compositions, in order."""
    return [Scene(tuple(row.pop("things")), **row) for row in _read("scenes.json")]


def paraphrases() -> dict[str, str]:
    """A caption never in training for every concept, by code."""
    found: dict[str, str] = _read("paraphrases.json")
    return found


def barred_captions() -> frozenset[str]:
    """Every text of the evaluation that training must not use; plain names are not among them."""
    told = [text for scene in scenes() for text in (scene.caption, scene.paraphrase)]
    return frozenset(told) | frozenset(paraphrases().values())


def barred_sets(concepts: list[artwork.Concept]) -> frozenset[tuple[int, ...]]:
    """The test compositions as sorted concept numbers."""
    number = {concept.code: i for i, concept in enumerate(concepts)}
    return frozenset(
        tuple(sorted(number[code] for code in scene.things if code in number)) for scene in scenes()
    )


def make(modules: Path) -> None:
    """Draw the splits from a fixed seed."""
    rng = random.Random("gphotos-search demo encoder")
    known = artwork.concepts(modules)
    grammar = Grammar(known)
    told: list[dict[str, Any]] = []
    seen: set[tuple[int, ...]] = set()
    pictured = [i for i, concept in enumerate(known) if concept.group != "symbols"]
    while len(told) < SCENES:
        things = rng.sample(pictured, 2 if rng.random() < 0.7 else 3)
        if tuple(sorted(things)) in seen:
            continue
        seen.add(tuple(sorted(things)))
        told.append(_scene(things, known, grammar, rng))
    _write("scenes.json", told)
    _write(
        "paraphrases.json",
        {
            concept.code: fill(rng.choice(PARAPHRASES), [grammar.name(i, rng, loose=0.5)])
            for i, concept in enumerate(known)
        },
    )
    _write(
        "vendors.json",
        {
            "training": list(artwork.TRAINING_VENDORS),
            "validation": ["openmoji"],
            "test": ["twemoji"],
        },
    )


def _scene(
    things: list[int], known: list[artwork.Concept], grammar: Grammar, rng: random.Random
) -> dict[str, Any]:
    place = rng.choice((*PLACES, *[""] * len(PLACES)))
    names = [known[i].name for i in things]
    plain = f"{', '.join(names[:-1])} and {names[-1]}"
    loose = [grammar.name(i, rng, loose=0.4) for i in things]
    other = fill(rng.choice(PAIR_PARAPHRASES), [loose[0], " and ".join(loose[1:])])
    where = f" {PLACE_PHRASES[place][0]}" if place else ""
    where_else = f" {PLACE_PARAPHRASES[place]}" if place else ""
    return {
        "things": [known[i].code for i in things],
        "place": place,
        "caption": plain + where,
        "paraphrase": other + where_else,
    }


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def _write(name: str, content: object) -> None:
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=0)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))

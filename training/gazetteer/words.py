"""Which names are also ordinary words, by the spelling dictionaries of the seven languages.

A word counts where a dictionary accepts it in small letters. German writes its nouns with a
capital, as it does names; there a word counts also where the dictionary gives it an ending or
compounds that names do not have. Needs the program hunspell and its dictionaries.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from pathlib import Path

DICTIONARIES = ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_PT", "nl_NL")
GERMAN = Path("/usr/share/hunspell/de_DE.dic")
_FLAGS_OF_NAMES = frozenset("SRm")  # a genitive, an inhabitant, a first part of compounds


def ordinary(names: Collection[str]) -> set[str]:
    """Those of the folded names that are words of at least one language."""
    single = {name for name in names if name.isalpha()}
    found = single & _german_nouns()
    for dictionary in DICTIONARIES:
        found |= single - _rejected(dictionary, single)
    return found


def _german_nouns() -> set[str]:
    entries = (line.partition("/") for line in GERMAN.read_text("iso8859-1").split())
    return {
        word.casefold()
        for word, _, flags in entries
        if word[:1].isupper() and set(flags) - _FLAGS_OF_NAMES
    }


def _rejected(dictionary: str, words: Collection[str]) -> set[str]:
    done = subprocess.run(
        ["hunspell", "-i", "utf-8", "-l", "-d", dictionary],
        input="\n".join(sorted(words)),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    return set(done.stdout.split("\n"))

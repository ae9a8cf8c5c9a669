"""What a shell passes, put in order for click: options first, then `--`, then the words.

click alone reads `sunset -night` as `-n ight`. Here an argument that begins with `-` and is not
exactly an option is a word of the query, and only the first argument can name a command.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from gphotos_search.errors import UsageError

SEARCH = "search"
HELP = ("-h", "--help")


@dataclass(frozen=True, slots=True)
class Options:
    """Every spelling of some options: those that stand alone, and those that take a value."""

    flags: Collection[str]
    valued: Collection[str]


@dataclass(slots=True)
class Arranged:
    """An argument list for click. `doubtful` are words that look like a misspelt option."""

    argv: list[str]
    doubtful: list[str] = field(default_factory=list)


def arrange(
    argv: Sequence[str], commands: Collection[str], everywhere: Options, search: Options
) -> Arranged:
    """Decide what is a command, an option or a word. Raises UsageError for a missing value."""
    general, rest = _leading(list(argv), everywhere)
    if not rest:
        return Arranged(general)
    if rest[0] in commands and rest[0] != SEARCH:
        hoisted, own = _hoist(rest[1:], everywhere)
        return Arranged([*general, *hoisted, rest[0], *own])
    words = rest[1:] if rest[0] == SEARCH else rest
    return _search(general, words, everywhere, search)


def _leading(argv: list[str], options: Options) -> tuple[list[str], list[str]]:
    taken: list[str] = []
    while argv and (option := _option(argv, options)):
        taken += option
        argv = argv[len(option) :]
    return taken, argv


def _option(argv: Sequence[str], options: Options) -> list[str]:
    """The option, with its value, that the arguments begin with; empty when they do not."""
    first = argv[0]
    if first in options.flags:
        return [first]
    if first in options.valued:
        if len(argv) < 2:
            raise UsageError(f"{first} needs a value.", advice="See: gphotos-search --help")
        return [first, argv[1]]
    if first.startswith("--") and first.partition("=")[0] in options.valued and "=" in first:
        return [first]
    return []


def _hoist(argv: list[str], options: Options) -> tuple[list[str], list[str]]:
    """General options may also follow a command; `--help` there asks for the command's own."""
    general: list[str] = []
    own: list[str] = []
    while argv and argv[0] != "--":
        option = [] if argv[0] in HELP else _option(argv, options)
        general += option
        own += [] if option else argv[:1]
        argv = argv[len(option) or 1 :]
    return general, own + argv


def _like_an_option(word: str, known: Collection[str]) -> bool:
    """A misspelt long option, or a short one with its number stuck to it: `-n5`."""
    if word.startswith("--"):
        return bool(get_close_matches(word.partition("=")[0], known, cutoff=0.8))
    return word[:2] in known and word[2:].removeprefix("=").isdecimal()


def _search(general: list[str], argv: list[str], everywhere: Options, search: Options) -> Arranged:
    options: list[str] = []
    words: list[str] = []
    doubtful: list[str] = []
    known = {*search.flags, *search.valued}
    while argv and argv[0] != "--":
        own = argv[:1] if argv[0] in HELP else _option(argv, search)
        shared = [] if own else _option(argv, everywhere)
        options += own
        general = general + shared
        if not own and not shared:
            words.append(argv[0])
            if _like_an_option(argv[0], known):
                doubtful.append(argv[0])
        argv = argv[len(own or shared) or 1 :]
    return Arranged([*general, SEARCH, *options, "--", *words, *argv[1:]], doubtful)

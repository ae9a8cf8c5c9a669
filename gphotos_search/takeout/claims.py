"""The sidecars of one directory, found by name and title, and who gets which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from gphotos_search.takeout.base import Rule, Sidecar
from gphotos_search.takeout.endings import split_ending
from gphotos_search.takeout.names import (
    NAME_UNITS,
    SIDECAR_UNITS,
    blurred,
    counter_of,
    cut,
    fold,
    nfc,
    sidecar_names,
    sidecar_parts,
    split_counter,
    title_fit,
    units,
)

TWO_SIDECARS = "two sidecars could be its"
TWO_MEDIA = "its sidecar could as well be another file's"
# A sidecar's name must be this long to be the beginning of another name, and fewer characters
# shorter than that one's stem.
CUT_UNITS = 40
PREFIX_SLACK = 10

TitleKey = tuple[str, str, str]  # stem, ending, counter


def same_photo(a: Sidecar, b: Sidecar) -> bool:
    """Whether two sidecars, maybe of two folders or exports, are of one item of the library.

    The address decides where both have one; else the time and the title together.
    """
    if a.url and b.url:
        return a.url == b.url
    return a.taken_at is not None and (a.taken_at, a.title) == (b.taken_at, b.title)


class Sidecars:
    """Sidecars by the names and titles that lead to them."""

    def __init__(self, sidecars: Mapping[str, Sidecar]) -> None:
        self._sidecars = sidecars
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_parts: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._by_title: dict[TitleKey, list[str]] = defaultdict(list)
        for name, sidecar in sidecars.items():
            self._by_name[nfc(name)].append(name)
            base, counter = sidecar_parts(nfc(name))
            self._by_parts[fold(base), counter].append(name)
            for key in _title_keys(sidecar.title, counter_of(nfc(name), sidecar.title)):
                self._by_title[key].append(name)

    def __getitem__(self, name: str) -> Sidecar:
        return self._sidecars[name]

    def named(self, media: str) -> list[str]:
        """Those whose name is generated from `media`, the likeliest first."""
        found = (self._by_name.get(wanted, ()) for wanted in sidecar_names(nfc(media)))
        names = dict.fromkeys(name for some in found for name in some)
        return [name for name in names if self._proves(name, media)]

    def named_loosely(self, media: str) -> list[str]:
        """The same where only the case of the media's ending differs (`a.JPG`, `a.jpg.json`)."""
        keys = dict.fromkeys(sidecar_parts(wanted) for wanted in sidecar_names(nfc(media)))
        found = (self._by_parts.get((fold(base), counter), ()) for base, counter in keys)
        names = dict.fromkeys(name for some in found for name in some)
        return [name for name in names if self._proves(name, media)]

    def titled(self, media: str) -> list[str]:
        """Those whose title is the name of `media`; the counters agree."""
        plain, counter = split_counter(nfc(media))
        stem, ending = split_ending(plain)
        names = list(self._by_title.get((blurred(stem), ending.lower(), counter), ()))
        if counter:  # an item may have been uploaded as "photo(1).jpg"
            stem, ending = split_ending(nfc(media))
            names += self._by_title.get((blurred(stem), ending.lower(), ""), ())
        return [name for name in dict.fromkeys(names) if not self._names_another(name, plain)]

    def beginning(self, media: str) -> list[str]:
        """Those whose name is the beginning of the media's, and whose title does not deny it.

        Only names long enough to be cut: a short one is whole, and is another file's.
        """
        plain, counter = split_counter(nfc(media))
        shortest = max(CUT_UNITS, len(split_ending(plain)[0]) - PREFIX_SLACK + 1)
        found: list[str] = []
        for length in range(len(plain) - 1, shortest - 1, -1):
            for name in self._by_parts.get((fold(plain[:length]), counter), ()):
                title = self._sidecars[name].title
                if not title or title_fit(plain, title) >= 2:
                    found.append(name)
        return found

    def fit(self, name: str, media: str) -> int:
        """How well the title goes with the media's name, see `title_fit`."""
        title = self._sidecars[name].title
        plain, counter = split_counter(media)
        fit = title_fit(plain, title)
        return max(fit, title_fit(media, title)) if counter else fit

    def _names_another(self, name: str, plain: str) -> bool:
        """Whether a sidecar's name gives its file an ending: `a.mp4.json` with the title `a`."""
        return fold(sidecar_parts(nfc(name))[0]).startswith(f"{fold(plain)}.")

    def _proves(self, name: str, media: str) -> bool:
        """A name that may be cut proves nothing against the title, which is never cut."""
        base, counter = sidecar_parts(nfc(name))
        whole = len(base) + len(counter) + len(".json") < len(name) or units(base) < SIDECAR_UNITS
        if whole and fold(base) in (fold(split_counter(nfc(media))[0]), fold(media)):
            return True
        return not self._sidecars[name].title or self.fit(name, media) >= 2


def _title_keys(title: str, counter: str) -> Iterator[TitleKey]:
    if not title:
        return
    stem, ending = split_ending(title)
    stems = {stem, cut(stem, NAME_UNITS), cut(stem, NAME_UNITS, up=True)}
    for one in {blurred(some) for some in stems}:
        yield one, blurred(ending).lower(), counter


class Claims:
    """Gives each sidecar to the one file that owns it; who cannot be told apart gets none."""

    def __init__(
        self, media: Iterable[str], sidecars: Sidecars, shares: Callable[[str, str], bool]
    ) -> None:
        """`shares(a, b)` says whether `a` is by its name a copy or the clip of `b`."""
        self.open = dict.fromkeys(media)  # who has no sidecar yet, in order
        self.owners: dict[str, str] = {}  # sidecar -> its media
        self.given: dict[str, tuple[str, Rule]] = {}  # media -> its sidecar
        self.refused: dict[str, str] = {}  # media -> why it gets none
        self.contested: set[str] = set()  # sidecars that could be of several files
        self._sidecars = sidecars
        self._shares = shares

    def settle(self, rule: Rule, proposed: Callable[[str], list[str]]) -> None:
        """One rule for all files without a sidecar; what an earlier rule gave stays given."""
        wanted: dict[str, list[str]] = defaultdict(list)
        won: dict[str, list[str]] = defaultdict(list)
        for media in self.open:
            free = [name for name in proposed(media) if name not in self.owners]
            chosen = self._only(media, free) if free else ""
            for name in [chosen] if chosen else free:  # who cannot choose stands for all of them
                wanted[name].append(media)
        for name, claimants in wanted.items():
            owner = claimants[0] if len(claimants) == 1 else self._owner(name, claimants)
            if owner:
                won[owner].append(name)
            else:
                self.refused.update(dict.fromkeys(claimants, TWO_MEDIA))
                self.contested.add(name)
        for owner, names in won.items():
            if len(names) == 1:
                self.owners[names[0]] = owner
                self.given[owner] = (names[0], rule)
                self.refused.pop(owner, None)
            else:
                self.refused[owner] = TWO_SIDECARS
                self.contested.update(names)
        self._close()

    def _only(self, media: str, names: list[str]) -> str:
        """The sidecar that is meant, "" where nothing tells which; several of one photo are one."""
        first = self._sidecars[names[0]]
        if all(same_photo(first, self._sidecars[name]) for name in names[1:]):
            return names[0]
        fits = {name: self._sidecars.fit(name, media) for name in names}
        best = [name for name in names if fits[name] == max(fits.values())]
        return best[0] if len(best) == 1 else ""

    def _owner(self, name: str, claimants: list[str]) -> str:
        fits = {media: self._sidecars.fit(name, media) for media in claimants}
        best = [media for media in claimants if fits[media] == max(fits.values())]
        if len(best) > 1:  # a still and its clip: the still owns it
            best = [a for a in best if not any(self._shares(a, b) for b in best if a != b)]
        return best[0] if len(best) == 1 else ""

    def _close(self) -> None:
        done = self.given.keys() | self.refused.keys()
        self.open = {media: None for media in self.open if media not in done}

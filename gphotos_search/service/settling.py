"""When a source has changed enough to be looked at. Pure: times are any seconds that only grow."""

from __future__ import annotations

QUIET_S = 5.0  # after the last change: copying one file after another is one change
LONGEST_S = 300.0  # a copy that never pauses is looked at all the same


class Settling:
    """Remembers what changes until it has been quiet for a while, or too long in coming."""

    def __init__(self, quiet_s: float = QUIET_S, longest_s: float = LONGEST_S) -> None:
        self.quiet_s, self.longest_s = quiet_s, longest_s
        self._first: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def heard(self, name: str, now: float) -> None:
        self._first.setdefault(name, now)
        self._last[name] = now

    def due(self, now: float) -> set[str]:
        """Names whose time has come; they begin anew with the next change."""
        found = {name for name in self._last if self._when(name) <= now}
        for name in found:
            del self._first[name], self._last[name]
        return found

    def wait_s(self, now: float, at_most: float) -> float:
        """How long nothing can become due, unless something more is heard."""
        return max(0.0, min((self._when(name) - now for name in self._last), default=at_most))

    def _when(self, name: str) -> float:
        return min(self._last[name] + self.quiet_s, self._first[name] + self.longest_s)

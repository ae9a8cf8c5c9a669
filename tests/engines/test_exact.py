"""The exact engine keeps the contract of all engines."""

from __future__ import annotations

from types import ModuleType

import pytest

from gphotos_search.engines import exact
from tests.contracts.engine import EngineContract


class TestExact(EngineContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return exact

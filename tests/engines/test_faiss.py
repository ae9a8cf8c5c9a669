"""The faiss engine keeps the contract of all engines."""

from __future__ import annotations

from types import ModuleType

import pytest

from gphotos_search.engines import faiss
from tests.contracts.engine import EngineContract


class TestFaiss(EngineContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return faiss

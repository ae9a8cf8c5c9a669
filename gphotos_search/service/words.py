"""The words that the service and its clients share. Imports nothing."""

from __future__ import annotations

PROTOCOL = "1"  # raised whenever a request or an answer changes its meaning
PROTOCOL_HEADER = "X-Gphotos-Search-Protocol"
DATA_DIR_HEADER = "X-Gphotos-Search-Data-Dir"  # percent-encoded, links resolved

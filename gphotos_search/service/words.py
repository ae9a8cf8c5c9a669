"""The words that the service and its clients share. Imports nothing."""

PROTOCOL = "1"  # raised whenever a request or an answer changes its meaning
PROTOCOL_HEADER = "X-Gphotos-Search-Protocol"
DATA_DIR_HEADER = "X-Gphotos-Search-Data-Dir"  # percent-encoded, links resolved
ZONE_HEADER = "X-Gphotos-Search-Zone"  # of the client, as service.clock says it
TERMINAL_PATH = "/v1/terminal"  # a search as typed, answered as printed: cli/entry.py

"""In which zone a process lives. Imports next to nothing: every search asks it."""

import os

LOCALTIME = "/etc/localtime"
NO_NAME = "="  # $TZ is there but empty, which programs understand differently


def zone() -> str:
    """The name of the local zone, as tzset(3) finds it: $TZ, else where /etc/localtime leads.

    Processes that say the same keep to the same clock; those that do not may do so all the same.
    """
    said = os.environ.get("TZ")
    if said is not None:
        return said.removeprefix(":") or NO_NAME
    try:
        link = os.readlink(LOCALTIME)  # noqa: PTH115  # pathlib takes long to import
    except OSError:
        return ""  # a file without a name, or none
    return link.partition("zoneinfo/")[2] or link

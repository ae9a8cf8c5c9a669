"""File systems that do not tell of changes made elsewhere, so that watching them promises nothing.

A watch on them succeeds and then hears only of what this machine itself writes.
"""

from __future__ import annotations

import os
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")  # proc(5); other systems have none
REMOTE = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "9p", "virtiofs"),
    *("ceph", "glusterfs", "lustre", "beegfs", "gpfs", "vboxsf", "prl_fs", "drvfs"),
    *("fuse.sshfs", "fuse.rclone", "fuse.gvfsd-fuse", "fuse.s3fs", "fuse.davfs2", "fuse.kio-fuse"),
    *("fuse.google-drive-ocamlfuse", "fuse.glusterfs", "fuse.ceph-fuse", "fuse.onedriver"),
    *("fuse.vmhgfs-fuse", "fuse.curlftpfs", "davfs"),
}


def remote_type(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the remote file system that `path` lies on; "" for one of this machine."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    place = os.path.realpath(path)
    best, kind = "", ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        root = _unescaped(fields[4])
        # Of several mounts on one place the last one is seen.
        if _holds(root, place) and len(root) >= len(best):
            best, kind = root, after.split(" ")[0]
    return kind if kind in REMOTE else ""


def _holds(root: str, place: str) -> bool:
    return place == root or place.startswith(root.rstrip("/") + "/")


def _unescaped(field: str) -> str:
    """Blanks, tabs, newlines and backslashes stand as octal numbers."""
    for escaped in ("\\040", "\\011", "\\012", "\\134"):
        field = field.replace(escaped, chr(int(escaped[1:], 8)))
    return field

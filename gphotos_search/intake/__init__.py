"""From archives and folders to items: list members, pair sidecars, read each photograph once.

What is found stays in the catalogue (tables archives, files, sidecars), so that nothing is read
twice, a later part of an export finds its place, and deleting an archive loses nothing.
"""

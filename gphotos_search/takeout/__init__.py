"""What a Google Photos export looks like: names, folders, JSON, and which file belongs to which.

Pure: nothing here reads a file. Sources of the rules: docs/reference/takeout.md.
"""

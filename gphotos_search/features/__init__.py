"""Vectors that somebody computed before: taken in from a matrix and a list of ids, and handed out.

No picture is fetched and nothing is embedded, so a source of this type (FEATURES) is never synced.
"""

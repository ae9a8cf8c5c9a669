"""The truth: SQLite through SQLAlchemy. The only package that writes SQL.

`store.Catalog` hands out transactions; the other modules hold functions that take one first.
"""

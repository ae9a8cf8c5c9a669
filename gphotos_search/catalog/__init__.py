"""The truth: SQLite through SQLAlchemy. The only package that writes SQL."""

"""The tables that searches ask, besides the items themselves. Triggers keep them true."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, Table, Text
from sqlalchemy import table as named_table

from gphotos_search.catalog.columns import metadata

# Titles of albums, names of people, and cameras as "make model", of each item.
labels = Table(
    "labels",
    metadata,
    Column("kind", Text, primary_key=True),  # "album", "person" or "camera"
    Column("name", Text, primary_key=True),
    Column("media_id", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

# The cities that items lie in, and what these lie in.
places_known = Table(
    "places_known",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # of the gazetteer
    Column("kind", Text, nullable=False),  # "city", "region" or "country"
    Column("name", Text, nullable=False),
    Column("names", Text, nullable=False),  # in every language, as JSON
    Column("country", Integer),  # the id of the row of the country, of the region: not of itself
    Column("region", Integer),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Index("places_known_region", "region"),
    Index("places_known_country", "country"),
)

last_results = Table(
    "last_results",
    metadata,
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("media_id", Integer, nullable=False),  # which may be gone by now
)

# FTS5 over file name, description, albums and people, by media_id; not a table of SQLAlchemy's.
item_texts = named_table("item_texts")

"""The gazetteer in gphotos_search/places/data, made from open data: docs/reference/places.md."""

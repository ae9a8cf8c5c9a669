"""Schema changes, oldest first. Run by gphotos_search.catalog.upgrade, never by hand."""

"""One file, one printed table each; run by hand, never by the tests."""

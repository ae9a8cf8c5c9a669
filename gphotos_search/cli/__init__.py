"""Thin commands: parse, call one method of App, print."""

"""Imported and handed out features."""

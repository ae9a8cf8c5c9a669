"""A question into ranked hits."""

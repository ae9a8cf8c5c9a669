"""Pictures and words into vectors of one space, one module per family of checkpoints."""

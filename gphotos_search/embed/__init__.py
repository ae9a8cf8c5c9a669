"""Items without a vector: fetch a picture, decode it safely, encode it, store the vector."""

"""Nearest-neighbour engines, one module each, named as the config names them."""

"""Places photos come from, one module each, named as the config names them."""

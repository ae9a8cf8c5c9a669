"""How the demonstration encoder and its library are made. Not part of the installed package."""

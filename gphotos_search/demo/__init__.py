"""The embedded default: a Google Photos emulator, a demo library, a small encoder."""

"""Where photos were taken, by name: an offline gazetteer (GeoNames, CC BY 4.0)."""

from pathlib import Path

DATA = Path(__file__).parent / "data"

"""Sources into the catalogue: plan.py decides, run.py acts."""

"""Measurements with the real model; `python -m bench` writes bench/RESULTS.md."""

"""Labelled sentences: written by this project in full, or stand-off labels on public sources."""

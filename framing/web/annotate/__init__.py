"""Labelling by hand: a project in a folder, SQLite underneath, a local page for the keyboard."""

"""How good a model is, with intervals, and whether one is better than another."""

"""Measure how governments frame threats and build a case for war."""

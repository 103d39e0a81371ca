"""Readings of instruments: what a broker's messages mean, and how they become entries."""

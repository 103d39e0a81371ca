"""Builds the shipped demonstration model from synthesised speech; never used at run time."""

"""Where testimonies differ: from final words to facts, from facts to differences (README.md)."""

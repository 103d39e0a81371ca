"""Named attacks on packages and stores, each with the verdict it must get (README.md)."""

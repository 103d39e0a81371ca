"""Media in, evidence out: receives encoded media, makes fragments and segments, declares gaps.

Imports only the leaves ``config`` and ``evidence_store``; ``command_centre`` hands in the bus,
the writer and the clock. README.md is the design.
"""

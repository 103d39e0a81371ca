"""The fault matrix: every file operation of the store fails, or is the last one.

``python -m tests.faults`` runs all of it and writes README.md beside this file.
"""

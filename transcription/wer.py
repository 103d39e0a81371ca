"""Word and character error rates: edit distance over the length of the reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def distance(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest substitutions, insertions and deletions."""
    row = list(range(len(heard) + 1))
    for index, expected in enumerate(reference, 1):
        above = row
        row = [index]
        for column, actual in enumerate(heard, 1):
            changed = above[column - 1] + (expected != actual)
            row.append(min(above[column] + 1, row[-1] + 1, changed))
    return row[-1]


def rate(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> float:
    """Errors of all (reference, heard) pairs over the length of all references.

    Sequences of words give the word error rate, strings the character error rate.
    """
    errors = length = 0
    for reference, heard in pairs:
        errors += distance(reference, heard)
        length += len(reference)
    return errors / length if length else float(errors > 0)


def bare(text: str) -> str:
    """Letters and digits only, so that punctuation counts for nothing."""
    return "".join(character for character in text if character.isalnum())

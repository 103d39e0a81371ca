"""Times, numbers, people and things said in words: what they are, and whether two go together.

``find_times`` and ``find_numbers`` read text; ``fit`` compares two values of one slot; ``show``
writes a value in the short form of the annotation guideline. Which of the values found answers
a point is decided in ``bind_zh`` and ``comparison.en``, not here.
"""

from transcription.comparison.values.fitting import fit
from transcription.comparison.values.found import Found, find_numbers, find_times
from transcription.comparison.values.showing import show

__all__ = ["Found", "find_numbers", "find_times", "fit", "show"]

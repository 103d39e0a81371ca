"""Times, numbers, people and things said in words: what they are, and whether two go together.

``found.find_times`` and ``found.find_numbers`` read text; ``fitting.fit`` compares two values of
one slot; ``showing.show`` writes a value in the short form of the annotation guideline. Which of
the values found answers a point is decided in ``bind_zh`` and ``comparison.en``, not here.
Nothing is imported here: who needs numbers in words alone does not load the reading of sentences.
"""

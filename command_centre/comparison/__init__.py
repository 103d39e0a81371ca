"""The comparison in the centre: points, lexicon, reviews, and the engine beside the desks."""

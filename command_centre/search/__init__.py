"""Search over everything that was said: words to tokens, and the index behind a port."""

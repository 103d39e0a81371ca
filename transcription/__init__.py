"""Audio to words: recognisers, tracks and the transcriber service. See README.md."""

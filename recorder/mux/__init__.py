"""From timed frames to fragments: PyAV muxers and the pure parsers that cut their output."""

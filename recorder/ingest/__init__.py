"""Ways media comes in. Each adapter hands encoded frames to a ``recorder.media.MediaSink``."""

"""The domain of the centre: cases, prompts, the projection of the log, the hub. Knows no HTTP."""

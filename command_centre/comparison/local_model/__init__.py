"""An optional language model on the agency's own network: suggestions only, off by default."""

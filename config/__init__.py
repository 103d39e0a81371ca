"""Settings, defaults and the domain words everyone shares. A leaf: imports nothing of ours."""

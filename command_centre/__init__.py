"""The centre: cases, people, rooms, prompts, HTTP, WebSocket and login; the composition root."""

"""The evidence store: a signed, append-only log of everything a session is made of.

Entries, the Merkle tree over them, checkpoints, media files, export packages and their
verification. It knows nothing of cameras, speech or web pages, and imports no other package of
Duizhi. The design, its invariants and what it does not promise stand in README.md.
"""

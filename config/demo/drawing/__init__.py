"""How the demo's pictures are drawn: SVG layers, rendered once, moved with OpenCV per frame.

Build-time only. Nothing here is imported when Duizhi runs; the clips are shipped.
"""

"""The record of questioning (询问笔录) as a document: its content, its pages, its signatures.

Pure of HTTP, database and bus: content in, bytes out. ``desk/records.py`` decides when.
"""

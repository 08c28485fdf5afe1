"""What is done with a flow beside serving calls: tried by hand, tested by cases, searched, covered, drawn.

Pure as the rest of ``ivr``: texts come in, values and lines go out; dasan/commands/ivr.py reads files and keys. Each
tool drives the interpreter that serves callers, never a model of it.
"""

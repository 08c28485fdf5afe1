"""The index: a disposable picture of the articles, written by whoosh, answered from arrays.

``lexicon`` writes and reads the whoosh index, ``impact`` turns postings into arrays of ready-made scores,
``generation`` puts one complete picture on disk and swaps it in, ``live`` is what a running process searches: one
generation, the small segments of what changed since, and a mask over what is gone.
"""

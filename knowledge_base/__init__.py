"""The knowledge base: articles, Korean text analysis, index, search, suggestions, feedback and evaluation.

SQL is the truth (``knowledge_base.store``); the index is a disposable picture of it (``knowledge_base.index``); a child
process owns both index and analyser (``knowledge_base.process``), and the rest of the service talks to it through
``knowledge_base.client.KnowledgeClient``. This package is a leaf: it knows nothing of sessions, counselors or calls.
"""

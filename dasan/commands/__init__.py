"""The sub-commands of `dasan`, one file a subject. Each imports what does its work only when it is called.

So `dasan --help` and `dasan desk` start fast, and a console's machine never loads the server.
"""

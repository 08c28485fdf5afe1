"""The server's own rooms: the counselor's desk, sign-in, administration, health, metrics, logs, alarms.

What is pure stands in modules that touch no socket (project, rights, prefill, places, alarms' judgement, lock-out); the
others are edges of the event loop. Concrete stores and channels are named in dasan.app alone.
"""

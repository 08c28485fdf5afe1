"""Voice: webhooks become commands, the menu's turns become TwiML, and call control is made true.

``door.VoiceDoor`` is the composition (ports in ``ports.py``), ``web.served(door)`` its HTTP side,
``switchboard.Switchboard`` and ``reconcile.Reconciler`` its other half. The whole picture: docs/voice.md.
"""

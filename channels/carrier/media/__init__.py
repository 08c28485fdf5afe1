"""The network's sound: who is heard by whom, every twenty milliseconds, and Media Streams as Twilio sends them.

``room.py`` is the :class:`~channels.carrier.hooks.Media` of an engine on a real clock; ``line.py`` one call's sound;
``playback.py`` what our server sends into a call; ``socket.py`` the stream's socket; ``speech.py`` a voice.
"""

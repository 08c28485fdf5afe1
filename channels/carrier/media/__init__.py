"""The network's sound: who is heard by whom, every twenty milliseconds, and Media Streams as Twilio sends them.

``room.py`` is the :class:`~channels.carrier.hooks.Media` that sounds, in real time; ``line.py`` one call's sound;
``playback.py`` what our server sends into a call; ``socket.py`` the stream's socket; ``speech.py`` a voice.
"""

"""The spoken menu of 120: a pure flow language, its interpreter and its checks. A leaf that nothing here fills yet.

The voice channel is not built yet (see README). The package holds the name and the rule that whatever comes here
touches no clock, randomness, file, socket or thread.
"""

"""Sound between telephones and this program: mu-law, tones, and the sockets on which a call's sound arrives."""

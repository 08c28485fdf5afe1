"""One module a family of verbs: each verb is a generator that obeys Twilio's rules for it (voice.run, gather, …)."""

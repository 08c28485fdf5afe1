"""What voice and short messages share of Twilio: TwiML, signatures, the REST client, the check of an account."""

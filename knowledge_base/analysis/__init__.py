"""Text into searchable terms: three views of the same words, so that what one misses another finds."""

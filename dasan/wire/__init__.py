"""The protocols that clients speak: citizens' pages (``chat``) and counselors' consoles (``desk``), versioned.

Frames are JSON objects with a kind in ``t``. Both directions are described by pydantic models, from which the published
schema is made (dasan/wire/schema.py). What comes in is validated by them; what goes out on the hot path is written as
plain dicts by the functions beside them, and the tests hold those against the models. This package imports nothing of
ours but ``dasan.core.(ids|errors|text)``, so that a client on another machine can use it alone.
"""

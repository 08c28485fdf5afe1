"""The REST side: ``/2010-04-01/Accounts/{AC}/…json`` as Twilio answers it, one module a family of resources.

:func:`channels.carrier.rest.router.request` is the whole of it, synchronous; ``app.py`` puts it behind HTTP.
"""

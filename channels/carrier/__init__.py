"""A stand-in telephone network that speaks Twilio's side of the wire: for tests in virtual time, and for the demo.

It knows nothing of the service that it calls; it reads TwiML by the table in channels/twilio and signs what it sends.

How to drive it, in a test::

    from channels.carrier.carrier import Carrier
    from channels.carrier.web import AsgiWeb
    from channels.carrier.model import Habit

    carrier = Carrier(AsgiWeb(app), seed=7)                              # lives in the running event loop
    carrier.number("+8225550120", "https://120.example/twilio/voice")   # what it asks when it rings
    carrier.phone("client:c12", Habit("answer", after_us=2_000_000))     # also: wait, busy, reject, absent
    call = carrier.dial("+821012345678", "+8225550120")                  # a citizen calls
    await carrier.run_for(10)                                            # ten seconds of the loop's time
    carrier.press("+821012345678", "1")                                  # keys; .say(…), .hang_up(…), .pick_up(…)
    assert "다산콜센터" in " ".join(carrier.heard("+821012345678"))
    status, headers, body = carrier.request("POST", url, params, auth)   # REST, for an HttpClient of the SDK
    assert carrier.hears("+821012345678", "client:c12")                  # who hears whom
    carrier.net.faults.weather = Weather(drop=0.05, duplicate=0.1)       # callbacks lost, doubled, reordered, late
    carrier.net.faults.rest.append(RestFault(429, 20429, count=2))       # REST refused, or done and unanswered

On a loop whose time jumps (tests/virtual.py) nothing sleeps. By ``Carrier(…, clock=now_us)`` service and network agree
on what time it is. To wait for something: :meth:`Carrier.until`; at the end ``await carrier.stop()``.

Account and token: ``carrier.net.account``. What happened: ``carrier.net.trace`` (instant, what, id, detail);
the account's debugger: ``carrier.net.notices``.

======================= ===========================================================================================
model, process, network what stands; generators that run documents; the heap of acts
webhooks                requests out: signatures, overrides, retries, redirects, cookies
calls, rooms, queues    the life of a call; conferences and who hears whom; queues
streams, recordings,    what runs beside a call; short messages
transcripts, messages
loading, documents,     TwiML: fetched and read; run from the first document to the last; one module a family of verbs
verbs/, background
phone, talk,            far ends; people speaking; documents as far ends
applications
rest/                   the REST surface; rest/router.py:request is the whole of it
scenario, _steps        scenarios in YAML
app, serving, handset   behind HTTP; as a program; a telephone in a terminal
faults                  what goes wrong on purpose
drive, web              time; the outside as an ASGI application or by HTTP
hooks                   what the sound of calls (media/) needs and gives
======================= ===========================================================================================
"""

"""The spoken menu of 120: a flow language in YAML, its interpreter and its checks. A leaf, and pure: no clock,
randomness, file, socket or thread; the language itself is told in docs/ivr.md.

How to drive it::

    from ivr.flow import compile_flow            # YAML texts -> Flow; ConfigWrong names every problem with file:line
    from ivr.interpreter import start, step
    from ivr.facts import Facts, QueueFacts
    from ivr.state import State, dump, load      # State <-> JSON-able dict; seal it: it holds what the caller entered

    flow = compile_flow({"dasan120.yaml": text, "address.yaml": text, ...}, main="dasan120")
    flow.ref                                     # "dasan120@sha256:…", pinned in State.ref
    turn = start(flow, facts)                    # Turn(state, actions)
    turn = step(flow, turn.state, event, facts)  # facts are asked anew for every step

Actions (ivr/actions.py) are carried out in order. ``Say``, ``Prefer``, ``CancelCallback`` and ``Leave`` answer nothing.
The last action of a turn, and only the last, waits:

    Ask                 -> Digits | Speech | NoInput
    Queue, then Hold    -> Waiting(waited_s, position, eta_s) each time the music's ``seconds`` are over, at once after
                           Queue, Digits(key) for a key, Result("queue", answered|full|closed|max_wait|left|error)
    Fetch, Lookup       -> Result("http" | "lookup", ok|error|timeout|own word, values)
    Callback, Voicemail, Transfer, Sms -> Result(kind, outcome); may be answered in the same hop once it is committed
    End                 -> nothing; the flow is over. ``hang_up`` False: the caller is with a person.

``Leave`` comes first in a turn that takes the caller out of the line: on the network's wait page answer "leave", and
render the rest of the turn where the call goes on. ``Hangup`` may come at any time. An event that does not belong where
the caller is changes nothing: the same state and no actions. After End every event gives the same End again.

``State.step`` grows by one with every turn: the token of a hop. ``State.node`` and ``State.unit`` name the place.
Utterances carry text, language, voice, an optional recording and their role; Ask carries ``choices`` for screens.
``ivr.text`` renders a turn as lines for chat and SMS and reads what is typed; ``ivr.timing`` estimates spoken seconds;
``ivr.registry`` keeps versions (draft, linted, simulated, published, rolled back); ``ivr.graph`` gives a document's
edges; ``ivr.check`` its faults with file and line; ``ivr.units`` reads files without checking their meaning;
``ivr.schema`` is the JSON schema of a flow file; ``ivr.hours.parse_overrides`` reads the operator's file of special
days. ``Turn.path`` names the places that a turn came to, for coverage. A flow costs a quarter of a second to compile
and 0.06 ms a turn: keep it.
"""

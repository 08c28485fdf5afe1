"""Media streams relayed one way: how many one core of the server carries.

Calls in pairs: the first of a pair speaks fifty messages a second as Twilio sends them, the second hears them through
the server. The server's CPU time for each message gives the streams of one core; the load is kept below that, so that
what is measured is the relaying and not a queue before it.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import statistics
import sys
import time
from collections.abc import Iterable

from websockets.asyncio.client import ClientConnection, connect

from channels.twilio.signature import HEADER, sign
from dasan.bench.result import Result, cpu_s, percentile
from dasan.bench.stream_server import ACCOUNT, PATH, TOKEN
from dasan.demo.stage import free_port

STREAMS = 360  # most of a core: an idle one takes each piece alone, and pays for it
RUNS, RUN_S = 5, 4.0
FRAME_S = 0.02
PAYLOAD = base64.b64encode(bytes(range(160))).decode()


def streams() -> Iterable[Result]:
    """Streams a core, and how long a piece of sound is under way."""
    return asyncio.run(_streams())


async def _streams() -> list[Result]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dasan.bench.stream_server", str(port), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        calls = [await _pair(port, n) for n in range(STREAMS)]
        gc.collect()
        gc.freeze()  # a pause of the load must not be counted as one of the server
        runs = [await _run(process.pid, calls) for _ in range(RUNS)]
        gc.unfreeze()
        for socket in [socket for pair in calls for socket in pair]:
            await socket.close()
    finally:
        process.kill()
        await process.wait()
    value = statistics.median(a_core for a_core, _ in runs)
    delay = statistics.median(delay for _, delay in runs)
    return [
        Result("media streams relayed, one way", value, "streams/core", target=">= 500", met=value >= 500),
        Result(f"sound under way, p99 at {STREAMS} streams", delay * 1_000, "ms"),
    ]


async def _pair(port: int, n: int) -> tuple[ClientConnection, ClientConnection]:
    """Who listens, and then who speaks."""
    ear = await _call(port, f"{n:032x}", "b")
    mouth = await _call(port, f"{n + 100_000:032x}", "a", n)
    return mouth, ear


async def _call(port: int, sid: str, side: str, pair: int | None = None) -> ClientConnection:
    url = f"ws://127.0.0.1:{port}{PATH}"
    signed = {HEADER: sign(TOKEN, url)}
    socket = await connect(url, additional_headers=signed, compression=None, ping_interval=None, proxy=None)
    await socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
    told = {
        "accountSid": ACCOUNT,
        "streamSid": "MZ" + sid,
        "callSid": "CA" + sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1},
        "customParameters": {"pair": str(int(sid, 16) if pair is None else pair), "side": side},
    }
    await socket.send(json.dumps({"event": "start", "sequenceNumber": "1", "start": told, "streamSid": "MZ" + sid}))
    return socket


async def _run(pid: int, calls: list[tuple[ClientConnection, ClientConnection]]) -> tuple[float, float]:
    """Streams a core, and the p99 of a piece's way in seconds."""
    before, began = cpu_s(pid), time.perf_counter()
    sent: list[list[float]] = [[] for _ in calls]
    waits: list[float] = []
    heard = await asyncio.gather(
        *(_speak(mouth, began + FRAME_S * n / len(calls), sent[n]) for n, (mouth, _) in enumerate(calls)),
        *(_hear(ear, sent[n], waits) for n, (_, ear) in enumerate(calls)),
    )
    used = cpu_s(pid) - before
    said, arrived = sum(heard[: len(calls)]), sum(heard[len(calls) :])
    assert arrived >= 0.97 * said, (arrived, said)
    return said * FRAME_S / used, percentile(waits, 0.99)


async def _speak(mouth: ClientConnection, first: float, sent: list[float]) -> int:
    """Fifty a second, whatever the last one took."""
    loop_now = time.perf_counter
    for n in range(round(RUN_S / FRAME_S)):
        left = first + n * FRAME_S - loop_now()
        if left > 0:
            await asyncio.sleep(left)  # noqa: TID251
        sent.append(loop_now())
        text = (
            f'{{"event":"media","sequenceNumber":"{n + 2}","media":{{"track":"inbound","chunk":"{n + 1}",'
            f'"timestamp":"{n * 20}","payload":"{PAYLOAD}"}},"streamSid":"MZ"}}'
        )
        await mouth.send(text)
    return len(sent)


async def _hear(ear: ClientConnection, sent: list[float], waits: list[float]) -> int:
    """What arrives until nothing more does."""
    arrived = 0
    while arrived < round(RUN_S / FRAME_S):
        try:
            async with asyncio.timeout(1.0):
                await ear.recv()
        except TimeoutError:
            return arrived
        waits.append(time.perf_counter() - sent[arrived])
        arrived += 1
    return arrived

"""The SQL of the unit of work, in one place. ``?`` marks a parameter on both databases (dasan/store/link.py)."""

from __future__ import annotations

from dasan.store.link import bulk_delete, bulk_insert, bulk_update

TEXT, INT, BIG, SMALL, BYTES = "text", "int", "bigint", "smallint", "bytea"

# -- reads of a unit

HEAD = "SELECT seq FROM streams WHERE stream = ?"
SNAPSHOT = "SELECT seq, shape, state FROM snapshots WHERE stream = ?"
TAIL = (
    "SELECT stream, seq, type, version, at_us, actor, cause, data FROM journal"
    " WHERE stream = ? AND seq > ? AND seq <= ? ORDER BY seq"
)
REPLY = "SELECT fingerprint, reply FROM requests WHERE principal = ? AND request_id = ?"
ADDRESS = "SELECT session FROM addresses WHERE address = ? AND service = ?"
DELIVERY = (
    "SELECT id, stream, endpoint, kind, key, payload, due_us, attempts, state FROM deliveries WHERE id = ?"
)
KEY = "SELECT wrapped, master FROM content_keys WHERE key_id = ?"
NUMBER = "SELECT value FROM numbers WHERE name = ?"
LAST_POSITION = "SELECT COALESCE(MAX(position), 0) FROM journal"
PREFETCH_REPLIES = (
    "SELECT r.principal, r.request_id, r.fingerprint, r.reply FROM requests r"
    " JOIN unnest(?::text[], ?::text[]) AS u(p, q) ON r.principal = u.p AND r.request_id = u.q"
)
PREFETCH_KEYS = "SELECT key_id, wrapped, master FROM content_keys WHERE key_id = ANY(?)"
PREFETCH_HEADS = "SELECT stream, seq FROM streams WHERE stream = ANY(?)"

# -- writes

JOURNAL = bulk_insert("journal", {
    "position": BIG, "stream": TEXT, "seq": INT, "type": TEXT, "version": SMALL, "at_us": BIG, "actor": TEXT,
    "cause": TEXT, "data": TEXT,
})
_FACTS = {"citizen": TEXT, "session": TEXT, "number": BIG, "facts": TEXT}
STREAM_NEW = bulk_insert("streams", {
    "stream": TEXT, "kind": TEXT, "seq": INT, "open": SMALL, "due_us": BIG, "created_us": BIG, "updated_us": BIG,
    **_FACTS,
})
# A stream whose facts and deadline stay as they were keeps its index entries.
STREAM_ON = bulk_update("streams", {"seq": INT, "updated_us": BIG}, {"stream": TEXT, "seq": INT})
STREAM_DUE = bulk_update("streams", {"seq": INT, "updated_us": BIG, "due_us": BIG}, {"stream": TEXT, "seq": INT})
STREAM_MOVE = bulk_update(
    "streams", {"seq": INT, "updated_us": BIG, "due_us": BIG, "open": SMALL, **_FACTS}, {"stream": TEXT, "seq": INT}
)
SNAPSHOT_PUT = bulk_insert(
    "snapshots",
    {"stream": TEXT, "seq": INT, "shape": TEXT, "state": TEXT},
    "ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, shape = excluded.shape, state = excluded.state",
)
REQUEST = bulk_insert("requests", {
    "principal": TEXT, "request_id": TEXT, "fingerprint": TEXT, "reply": TEXT, "at_us": BIG,
})
CONTENT_NEW = bulk_insert("content", {"id": TEXT, "key_id": TEXT, "kind": TEXT, "sealed": BYTES})
KEY_NEW = bulk_insert("content_keys", {"key_id": TEXT, "master": TEXT, "wrapped": BYTES})
KEY_DESTROY = bulk_insert(
    "content_keys",
    {"key_id": TEXT, "master": TEXT, "wrapped": BYTES, "destroyed_at": BIG},
    "ON CONFLICT (key_id) DO UPDATE SET wrapped = NULL, master = '', destroyed_at = excluded.destroyed_at",
)
ADDRESS_GONE = bulk_delete("addresses", {"address": TEXT, "service": TEXT, "session": TEXT})
ADDRESS_NEW = bulk_insert(
    "addresses",
    {"address": TEXT, "service": TEXT, "session": TEXT},
    "ON CONFLICT (address, service) DO UPDATE SET session = excluded.session"
    " WHERE addresses.session = excluded.session",
)
DELIVERY_NEW = bulk_insert("deliveries", {
    "id": TEXT, "stream": TEXT, "endpoint": TEXT, "kind": TEXT, "key": TEXT, "payload": TEXT, "due_us": BIG,
    "attempts": INT, "state": TEXT,
})
DELIVERY_MOVE = bulk_update("deliveries", {"due_us": BIG, "attempts": INT, "state": TEXT}, {"id": TEXT})
DRAFT = bulk_insert(
    "drafts",
    {"counselor": TEXT, "session": TEXT, "sealed": BYTES},
    "ON CONFLICT (counselor, session) DO UPDATE SET sealed = excluded.sealed",
)
DRAFT_GONE = bulk_delete("drafts", {"counselor": TEXT, "session": TEXT})
DRAFTS_OF = bulk_delete("drafts", {"session": TEXT})
NUMBER_PUT = bulk_insert(
    "numbers", {"name": TEXT, "value": BIG}, "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)

CONTENT_WITH_KEY = (
    "SELECT c.key_id, c.sealed, k.wrapped, k.master FROM content c LEFT JOIN content_keys k ON k.key_id = c.key_id"
    " WHERE c.id = ?"
)
LOCK_HEADS = "SELECT stream, seq FROM streams WHERE stream = ANY(?) ORDER BY stream FOR UPDATE"
# Made by the migration: takes a transaction id and positions under one short lock, so that both ascend together.
CLAIM = "SELECT journal_claim(?)"
NUMBER_NEXT = (
    "INSERT INTO numbers (name, value) VALUES (?, 1)"
    " ON CONFLICT (name) DO UPDATE SET value = numbers.value + 1 RETURNING value"
)
PRUNE_REQUESTS = "DELETE FROM requests WHERE at_us < ?"
PRUNE_DELIVERIES = "DELETE FROM deliveries WHERE state = 'done' AND due_us < ?"

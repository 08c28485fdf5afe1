"""Reading and writing articles.

Equal content is never written twice: putting an article whose content hash is unchanged makes no version and no
revision, which is what makes imports repeatable. Articles are retired, never deleted, so that a running index learns
of it in the same way as of any other change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Row, delete, insert, select, update

from knowledge_base.model import Article, Status, Stored, Wording, day_or_none, iso_or_blank
from knowledge_base.store.database import Database
from knowledge_base.store.tables import articles, counts, revision, versions, wordings

_CHUNK = 500  # ids in one IN (…): below every database's limit
_PLAIN = ("external_id", "category", "district", "department", "phone", "source", "owner", "status", "example")


@dataclass(frozen=True, slots=True)
class PutResult:
    """How many of the given articles were new, changed, and the same as before; and the revision that holds now."""

    created: int
    changed: int
    unchanged: int
    revision: int


def current_revision(database: Database) -> int:
    """The number of the last change anybody could see."""
    with database.reading() as connection:
        return int(connection.execute(select(revision.c.number)).scalar_one())


def put_articles(database: Database, items: Sequence[Article], *, at_us: int, by: str = "") -> PutResult:
    """Store ``items`` by external id, in one transaction; later ones win over earlier ones with the same id."""
    latest = {item.external_id: item for item in items}
    with database.writing() as connection:
        known = _known(connection, list(latest))
        fresh = [item for item in latest.values() if known.get(item.external_id, ("", 0, ""))[2] != item.content_hash()]
        if not fresh:
            return PutResult(0, 0, len(latest), _revision(connection))
        number = _next_revision(connection)
        stamps: dict[str, int | str] = {"revision": number, "changed_at": at_us, "changed_by": by}
        rows = [_Row(item, known.get(item.external_id), stamps) for item in fresh]
        _write(connection, rows)
        created = sum(row.before is None for row in rows)
        return PutResult(created, len(fresh) - created, len(latest) - len(fresh), number)


def retire(database: Database, article_id: str, *, at_us: int, by: str = "") -> bool:
    """Take an article out of use; whether there was one to take."""
    stored = article_by_id(database, article_id)
    if stored is None or stored.article.status == "retired":
        return False
    gone = Article(**{name: getattr(stored.article, name) for name in Article.__slots__} | {"status": "retired"})
    return put_articles(database, [gone], at_us=at_us, by=by).changed == 1


def all_articles(database: Database, *, status: Status | None = None) -> list[Stored]:
    """Every article, or those of one status, by id, with how often each was used."""
    condition = () if status is None else (articles.c.status == status,)
    with database.reading() as connection:
        rows = connection.execute(select(articles).where(*condition).order_by(articles.c.id)).all()
        return _assembled(connection, rows)


def changed_after(database: Database, after: int, after_id: str = "", *, limit: int = 200) -> list[Stored]:
    """Up to ``limit`` articles changed after the position (revision, id), in that order; the reader's cursor."""
    later = (articles.c.revision > after) | ((articles.c.revision == after) & (articles.c.id > after_id))
    with database.reading() as connection:
        query = select(articles).where(later).order_by(articles.c.revision, articles.c.id).limit(limit)
        return _assembled(connection, connection.execute(query).all())


def article_by_id(database: Database, article_id: str) -> Stored | None:
    """One article, whatever its status."""
    with database.reading() as connection:
        found = _assembled(connection, connection.execute(select(articles).where(articles.c.id == article_id)).all())
    return found[0] if found else None


def stored_by_external_id(database: Database, external_id: str) -> Stored | None:
    """One article by the id its source gave it."""
    with database.reading() as connection:
        rows = connection.execute(select(articles).where(articles.c.external_id == external_id)).all()
        found = _assembled(connection, rows)
    return found[0] if found else None


def history(database: Database, article_id: str) -> list[tuple[int, int, str, Article]]:
    """(version, UTC microseconds, by whom, article) of every version, oldest first."""
    with database.reading() as connection:
        query = select(versions).where(versions.c.article_id == article_id).order_by(versions.c.version)
        return [
            (row.version, row.changed_at, row.changed_by, _from_body(row.body)) for row in connection.execute(query)
        ]


def _known(connection: Connection, external_ids: Sequence[str]) -> dict[str, tuple[str, int, str]]:
    out: dict[str, tuple[str, int, str]] = {}
    columns = (articles.c.external_id, articles.c.id, articles.c.version, articles.c.content_hash)
    for i in range(0, len(external_ids), _CHUNK):
        query = select(*columns).where(articles.c.external_id.in_(external_ids[i : i + _CHUNK]))
        out |= {row.external_id: (row.id, row.version, row.content_hash) for row in connection.execute(query)}
    return out


def _revision(connection: Connection) -> int:
    return int(connection.execute(select(revision.c.number)).scalar_one())


def _next_revision(connection: Connection) -> int:
    """Take the next number; the row lock makes writers queue, so numbers become visible in order."""
    connection.execute(update(revision).values(number=revision.c.number + 1))
    return _revision(connection)


def article_id_of(external_id: str) -> str:
    """The id of the article that its source calls ``external_id``: the same everywhere, so links survive a restore."""
    return "a_" + hashlib.sha256(external_id.encode()).hexdigest()[:26]


class _Row:
    """One article on its way into the tables; ``before`` is (id, version, hash) of what it replaces, if anything."""

    def __init__(self, item: Article, before: tuple[str, int, str] | None, stamps: dict[str, int | str]) -> None:
        self.item, self.before = item, before
        self.id = before[0] if before else article_id_of(item.external_id)
        self.values = {name: getattr(item, name) for name in _PLAIN} | stamps
        self.values |= {"checked_on": iso_or_blank(item.checked_on), "expires_on": iso_or_blank(item.expires_on)}
        self.values |= {"version": before[1] + 1 if before else 1, "content_hash": item.content_hash()}

    def spoken(self) -> list[dict[str, str]]:
        return [
            {"article_id": self.id, "language": language, "question": wording.question, "answer": wording.answer}
            for language, wording in self.item.wordings.items()
        ]

    def kept(self) -> dict[str, object]:
        stamps = {name: self.values[name] for name in ("version", "changed_at", "changed_by")}
        return stamps | {"article_id": self.id, "body": _body(self.item)}


def _write(connection: Connection, rows: Sequence[_Row]) -> None:
    if fresh := [row.values | {"id": row.id} for row in rows if row.before is None]:
        connection.execute(insert(articles), fresh)
    for row in rows:
        if row.before is not None:
            connection.execute(update(articles).where(articles.c.id == row.id).values(row.values))
            connection.execute(delete(wordings).where(wordings.c.article_id == row.id))
    connection.execute(insert(wordings), [spoken for row in rows for spoken in row.spoken()])
    connection.execute(insert(versions), [row.kept() for row in rows])


def _body(item: Article) -> str:
    days = {"checked_on": iso_or_blank(item.checked_on), "expires_on": iso_or_blank(item.expires_on)}
    return json.dumps(asdict(item) | days, ensure_ascii=False)


def _from_body(body: str) -> Article:
    values = json.loads(body)
    texts = {language: Wording(**wording) for language, wording in values["wordings"].items()}
    days = {key: day_or_none(values[key]) for key in ("checked_on", "expires_on")}
    return Article(**(values | {"wordings": texts} | days))


def _assembled(connection: Connection, rows: Sequence[Row]) -> list[Stored]:  # type: ignore[type-arg]
    ids = [row.id for row in rows]
    spoken: dict[str, dict[str, Wording]] = {}
    uses: dict[str, int] = {}
    for part in _chunks(ids):
        for row in connection.execute(
            select(wordings).where(wordings.c.article_id.in_(part)).order_by(wordings.c.language)
        ):
            spoken.setdefault(row.article_id, {})[row.language] = Wording(row.question, row.answer)
        used = select(counts.c.article_id, counts.c.accepted, counts.c.edited).where(counts.c.article_id.in_(part))
        uses |= {row.article_id: row.accepted + row.edited for row in connection.execute(used)}
    return [_stored(row, spoken.get(row.id, {}), uses.get(row.id, 0)) for row in rows]


def _chunks(ids: list[str]) -> Iterable[list[str]]:
    return (ids[i : i + _CHUNK] for i in range(0, len(ids), _CHUNK))


def _stored(row: Row, spoken: dict[str, Wording], uses: int) -> Stored:  # type: ignore[type-arg]
    article = Article(
        external_id=row.external_id, category=row.category, wordings=spoken, district=row.district,
        department=row.department, phone=row.phone, source=row.source, owner=row.owner,
        checked_on=day_or_none(row.checked_on), expires_on=day_or_none(row.expires_on), status=row.status,
        example=bool(row.example),
    )  # fmt: skip
    return Stored(row.id, article, row.version, row.revision, row.content_hash, uses)

"""Rows as GeoReport v2 says them: values ready for ``spark.write``. Pure.

Every field of the specification is always there (null when empty); ids and codes are strings; times are UTC with
``Z``, whole seconds. What citizens wrote about themselves never leaves here: no name, telephone or e-mail is in any
row, and of a service that is not public, description, place and pictures are shown only to a caller with a key. In what
everybody may read, telephone and resident registration numbers inside the text are masked.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dasan.core.text import mask
from dasan.core.time import SECOND
from dasan.eungdapso.desk.services import Attribute, Service
from dasan.eungdapso.desk.states import STATUS
from dasan.eungdapso.desk.store_tickets import Ticket
from dasan.eungdapso.desk.store_updates import Update
from dasan.eungdapso.spark import Row, Value

NOTICE_REALTIME = "접수되었습니다. 접수번호를 알려 주시면 진행 상황을 확인할 수 있습니다. / Received; keep the number."
NOTICE_BATCH = (
    "접수되었습니다. 담당 부서가 정해지면 접수번호가 나옵니다. / Received; a number follows when it is routed."
)


def instant(at_us: int | None) -> str | None:
    if at_us is None:
        return None
    return datetime.fromtimestamp(at_us // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def service_row(service: Service) -> Row:
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.description,
        "metadata": bool(service.attributes),
        "type": service.kind,
        "keywords": f"{service.keywords}, {service.name_en}",
        "group": service.group,
    }


def definition(service: Service) -> Row:
    rows: list[Value] = [_attribute(order, a) for order, a in enumerate(service.attributes, start=1)]
    return {"service_code": service.code, "attributes": rows}


def _attribute(order: int, attribute: Attribute) -> Row:
    row: Row = {
        "variable": True,
        "code": attribute.code,
        "datatype": attribute.datatype,
        "required": attribute.required,
        "datatype_description": attribute.hint or None,
        "order": order,
        "description": attribute.description,
    }
    if attribute.values:
        row["values"] = [{"key": key, "name": name} for key, name in attribute.values]
    return row


def filed_row(ticket: Ticket) -> Row:
    """The answer to a POST: a number, or a token until there is one."""
    row: Row = {"service_request_id": ticket.number} if ticket.number else {"token": ticket.token}
    account = dict(ticket.contact).get("account_id")
    return row | {"service_notice": NOTICE_REALTIME if ticket.number else NOTICE_BATCH, "account_id": account}


def receipt_row(ticket: Ticket) -> Row:
    """Our extension's answer to "did you get this key?": the POST's answer, and the hash of the bytes it came in."""
    return filed_row(ticket) | {"body_sha256": ticket.body_sha256, "requested_datetime": instant(ticket.received_us)}


def token_row(ticket: Ticket) -> Row:
    return {"service_request_id": ticket.number or None, "token": ticket.token}


def request_row(ticket: Ticket, service: Service | None, *, full: bool, extensions: bool) -> Row:
    """One ticket. ``full``: the caller has a key. ``extensions``: with attributes, notes and our finer state."""
    shown = full or (service is not None and service.public)
    spoken = str if full else mask
    urls = ticket.media_urls if shown else ()
    row: Row = {
        "service_request_id": ticket.number,
        "status": "open" if ticket.is_open else "closed",
        "status_notes": (spoken(ticket.notes) or None) if shown else None,
        "service_name": service.name if service else None,
        "service_code": ticket.service_code,
        "description": spoken(ticket.description) if shown else None,
        "agency_responsible": ticket.agency or None,
        "service_notice": None,
        "requested_datetime": instant(ticket.received_us),
        "updated_datetime": instant(ticket.updated_us),
        "expected_datetime": instant(ticket.due_us),
        "address": (ticket.address or None) if shown else None,
        "address_id": (ticket.address_id or None) if shown else None,
        "zipcode": None,
        "lat": ticket.lat if shown else None,
        "long": ticket.long if shown else None,
        "media_url": urls[0] if urls else None,
    }
    if extensions:
        row["extended_attributes"] = {"detailed_status": ticket.state.value, "media_urls": list(urls)}
        row["attributes"] = [{"code": c, "value": v} for c, v in ticket.attributes] if full else []
    return row


def note_rows(updates: list[Update], *, full: bool) -> list[Value]:
    spoken = str if full else mask
    return [{"datetime": instant(u.at_us), "description": spoken(u.text), "type": u.move.value} for u in updates]


def update_row(update: Update, service: Service | None, *, full: bool) -> Row:
    shown = full or (service is not None and service.public)
    return {
        "update_id": str(update.id),
        "service_request_id": update.number,
        "status": STATUS[update.to_state],
        "updated_datetime": instant(update.at_us),
        "description": (update.text if full else mask(update.text)) if shown else None,
        "media_url": None,
        "external_status_code": update.to_state.value,
        "customer_reference": None,
    }

"""The GeoReport v2 contract, field by field, in both formats."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx2
import pytest

from dasan.eungdapso.desk.app import DeskApp
from dasan.eungdapso.desk.numbers import read_number
from dasan.eungdapso.desk.office import Papers
from dasan.eungdapso.desk.services import SERVICES
from dasan.eungdapso.desk.staff import find
from dasan.eungdapso.desk.states import Move
from tests.eungdapso.world import KEY, V2, Clock

TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
REQUEST_FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
]  # fmt: skip
REPORT = {
    "api_key": KEY,
    "jurisdiction_id": "seoul.go.kr",
    "service_code": "PARK",
    "lat": "37.5663",
    "long": "126.9779",
    "description": "횡단보도를 막은 차 <b>",
    "attribute[PLATE]": "12가3456",
}


async def file(
    web: httpx2.AsyncClient, fmt: str = "json", headers: dict[str, str] | None = None, **changes: str
) -> httpx2.Response:
    body = urlencode({**REPORT, **changes})
    kind = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    return await web.post(f"{V2}/requests.{fmt}", content=body, headers=kind | (headers or {}))


async def filed(web: httpx2.AsyncClient, **changes: str) -> str:
    response = await file(web, **changes)
    assert response.status_code == 200, response.text
    row = response.json()[0]
    return row.get("service_request_id") or row["token"]


@pytest.mark.parametrize("fmt", ["xml", "json"])
@pytest.mark.parametrize("path", ["/open311/discovery", "/open311/v2/discovery"])
async def test_discovery_names_a_production_and_a_test_endpoint_in_both_formats(
    web: httpx2.AsyncClient, fmt: str, path: str
) -> None:
    response = await web.get(f"{path}.{fmt}")
    assert response.headers["content-type"] == TYPES[fmt]
    if fmt == "json":
        found = response.json()  # no <discovery> wrapper
        kinds = [(e["specification"], e["type"], e["formats"]) for e in found["endpoints"]]
        assert {"changeset", "contact", "key_service", "endpoints"} == set(found)
    else:
        root = ElementTree.fromstring(response.content)
        assert root.tag == "discovery"
        kinds = [
            (e.findtext("specification"), e.findtext("type"), [f.text for f in e.iterfind("formats/format")])
            for e in root.iterfind("endpoints/endpoint")
        ]
    spec = "http://wiki.open311.org/GeoReport_v2"
    assert kinds == [(spec, kind, ["text/xml", "application/json"]) for kind in ("production", "test")]


async def test_the_service_list_says_the_same_in_xml_and_json(web: httpx2.AsyncClient) -> None:
    as_json = (await web.get(f"{V2}/services.json")).json()
    response = await web.get(f"{V2}/services.xml")
    assert response.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    root = ElementTree.fromstring(response.content)
    as_xml = [{child.tag: child.text for child in service} for service in root]
    assert root.tag == "services"
    assert [{k: str(v).lower() if isinstance(v, bool) else v for k, v in row.items()} for row in as_json] == as_xml
    assert {row["type"] for row in as_json} == {"realtime", "batch"}
    assert all(isinstance(row["metadata"], bool) and row["keywords"] and row["group"] for row in as_json)


async def test_a_service_definition_lists_ordered_attributes_with_their_values(web: httpx2.AsyncClient) -> None:
    found = (await web.get(f"{V2}/services/PARK.json")).json()
    assert found["service_code"] == "PARK"
    assert [a["order"] for a in found["attributes"]] == [1, 2]
    plate, spot = found["attributes"]
    assert (plate["variable"], plate["datatype"], plate["required"]) == (True, "string", False)
    assert {"key", "name"} == set(spot["values"][0])
    xml = ElementTree.fromstring((await web.get(f"{V2}/services/PARK.xml")).content)
    assert xml.findtext("attributes/attribute/variable") == "true"
    assert len(xml.findall("attributes/attribute/values/value")) == len(spot["values"])


def test_every_service_with_attributes_says_metadata_and_every_code_is_unique() -> None:
    assert len({s.code for s in SERVICES}) == len(SERVICES) >= 20
    assert all(len({a.code for a in s.attributes}) == len(s.attributes) for s in SERVICES)


@pytest.mark.parametrize("fmt", ["xml", "json"])
async def test_a_report_gets_a_number_at_once_and_can_be_read_back(web: httpx2.AsyncClient, fmt: str) -> None:
    response = await file(web, fmt)
    assert (response.status_code, response.headers["content-type"]) == (200, TYPES[fmt])
    if fmt == "json":
        number = response.json()[0]["service_request_id"]
    else:
        number = ElementTree.fromstring(response.content).findtext("request/service_request_id")
    assert number == read_number(number)
    one = (await web.get(f"{V2}/requests/{number}.json")).json()
    assert list(one[0]) == REQUEST_FIELDS
    assert one[0]["status"] == "open"
    assert one[0]["service_code"] == "PARK"
    assert one[0]["description"] == "횡단보도를 막은 차 <b>"
    assert (one[0]["lat"], one[0]["long"]) == (37.5663, 126.9779)
    assert one[0]["requested_datetime"] == "2026-11-21T01:00:00Z"
    assert one[0]["expected_datetime"] == "2026-11-21T04:00:00Z"  # three hours
    xml = ElementTree.fromstring((await web.get(f"{V2}/requests/{number}.xml")).content)
    assert [child.tag for child in xml[0]] == REQUEST_FIELDS
    assert xml.findtext("request/zipcode") == ""


async def test_a_number_may_be_typed_without_hyphens(web: httpx2.AsyncClient) -> None:
    number = await filed(web)
    assert (await web.get(f"{V2}/requests/{number.replace('-', '')}.json")).json()[0]["service_request_id"] == number


async def test_no_answer_to_a_reading_ever_holds_who_reported(web: httpx2.AsyncClient) -> None:
    secret = {"phone": "010-1234-5678", "email": "kim@example.kr", "first_name": "민수", "last_name": "김"}
    number = await filed(web, **secret)
    for url in (f"{V2}/requests/{number}.json?extensions=true", f"{V2}/requests.xml?extensions=true"):
        text = (await web.get(url, headers={"x-api-key": KEY})).text
        assert not any(value in text for value in secret.values())


async def test_what_a_private_complaint_says_is_read_only_with_a_key(web: httpx2.AsyncClient) -> None:
    number = await filed(web, service_code="WELFARE", description="우리 집 사정입니다")
    without = (await web.get(f"{V2}/requests/{number}.json")).json()[0]
    assert without["description"] is without["lat"] is without["status_notes"] is None
    for way in ({"headers": {"x-api-key": KEY}}, {"params": {"api_key": KEY}}):
        assert (await web.get(f"{V2}/requests/{number}.json", **way)).json()[0]["description"] == "우리 집 사정입니다"


async def test_a_batch_service_gives_a_token_that_becomes_a_number_when_it_is_routed(
    web: httpx2.AsyncClient, app: DeskApp
) -> None:
    response = (await file(web, service_code="GRIEVANCE")).json()[0]
    token = response["token"]
    assert "service_request_id" not in response
    assert (await web.get(f"{V2}/tokens/{token}.json")).json() == [{"service_request_id": None, "token": token}]
    assert (await web.get(f"{V2}/requests.json")).json() == []  # nothing without an id in the list
    app.desk.office.move(find(app.desk, token).id, Move.ROUTE, Papers(agency="감사담당관"), "김주무")
    xml = ElementTree.fromstring((await web.get(f"{V2}/tokens/{token}.xml")).content)
    number = xml.findtext("request/service_request_id")
    assert number == read_number(number or "")
    assert xml.findtext("request/token") == token
    assert len((await web.get(f"{V2}/requests/{number}.json")).json()) == 1


async def said(response: httpx2.Response, status: int) -> list[str]:
    assert response.status_code == status, response.text
    return [error["description"] for error in response.json()]


async def test_errors_have_the_specification_s_shape_and_codes(web: httpx2.AsyncClient) -> None:
    wrong_key = await file(web, "xml", api_key="wrong")
    root = ElementTree.fromstring(wrong_key.content)
    assert (wrong_key.status_code, root.tag, root.findtext("error/code")) == (403, "errors", "403")
    assert "api_key" in (await said(await file(web, api_key=""), 403))[0]
    assert "service_code was not provided" in (await said(await file(web, service_code=" "), 400))[0]
    assert "service_code" in (await said(await file(web, service_code="NOPE"), 404))[0]
    assert "jurisdiction_id" in (await said(await file(web, jurisdiction_id="busan.go.kr"), 404))[0]
    assert "jurisdiction_id" in (await said(await web.get(f"{V2}/services.json?jurisdiction_id=x"), 404))[0]
    for path in ("requests/26-1121-99999-1", "services/NOPE", "tokens/t1"):
        await said(await web.get(f"{V2}/{path}.json"), 404)
    assert (await web.get(f"{V2}/services.html")).status_code == 404


async def test_an_empty_jurisdiction_is_as_good_as_none(web: httpx2.AsyncClient) -> None:
    assert (await file(web, jurisdiction_id="")).status_code == 200
    assert (await web.get(f"{V2}/services.json?jurisdiction_id=")).status_code == 200


async def test_all_faults_of_a_report_are_named_at_once(web: httpx2.AsyncClient) -> None:
    changes = {
        "service_code": "CAR",
        "lat": "",
        "long": "",
        "description": "",
        "attribute[PLATE]": "",
        "media_url": "file:///etc",
    }
    faults = await said(await file(web, **changes), 400)
    for name in ("address_string", "description", "attribute[PLATE]", "media_url"):
        assert any(name in fault for fault in faults), name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lat", "91"),
        ("long", "nan"),
        ("long", ""),
        ("description", "가" * 4001),
        ("attribute[SPOT]", "moon"),
        ("media_url", "javascript:alert(1)"),
        ("media_url", "http://[bad"),
    ],
)
async def test_a_value_that_does_not_fit_is_refused_by_name(web: httpx2.AsyncClient, field: str, value: str) -> None:
    faults = await said(await file(web, **{field: value}), 400)
    assert any(field.partition("[")[0] in fault for fault in faults)
    assert (await web.get(f"{V2}/requests.json")).json() == []


async def test_a_description_of_exactly_4000_characters_is_kept_whole(web: httpx2.AsyncClient) -> None:
    number = await filed(web, description="가" * 4000)
    assert len((await web.get(f"{V2}/requests/{number}.json")).json()[0]["description"]) == 4000


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"description=%FF%FE&service_code=PARK", b"a" * 200_000, b"&".join([b"a=1"] * 500)]
)
async def test_a_hostile_body_gets_an_error_in_the_right_shape(web: httpx2.AsyncClient, body: bytes) -> None:
    response = await web.post(f"{V2}/requests.json", content=body)
    assert response.status_code in (400, 403)
    assert {"code", "description"} == set(response.json()[0])


async def test_filters_narrow_the_list_and_ids_override_them_all(
    web: httpx2.AsyncClient, clock: Clock, app: DeskApp
) -> None:
    old = await filed(web)
    clock.forward(days=100)
    park, hole = await filed(web), await filed(web, service_code="POTHOLE")
    app.desk.office.move(find(app.desk, hole).id, Move.ANSWER_AT_ONCE, Papers(text="메웠습니다"), "김주무")

    async def listed(query: str) -> set[str]:
        response = await web.get(f"{V2}/requests.json?{query}")
        assert response.status_code == 200, response.text
        return {row["service_request_id"] for row in response.json()}

    assert await listed("") == {park, hole}  # the last 90 days
    assert await listed("service_code=PARK,TREE") == {park}
    assert await listed("status=open") == {park}
    assert await listed("status=closed") == {hole}
    assert await listed("status=open,closed") == {park, hole}
    assert await listed("start_date=2026-11-20T00:00:00%2B09:00") == {old}  # and 90 days from there
    assert await listed("start_date=2026-11-20T00:00:00+09:00&end_date=2026-11-22T00:00:00Z") == {old}
    assert await listed(f"service_request_id={old},{park}&status=closed&service_code=TREE") == {old, park}
    assert await listed("page_size=1&page=1") | await listed("page_size=1&page=2") == {park, hole}


@pytest.mark.parametrize(
    "query",
    ["start_date=yesterday", "start_date=2026-11-20T00:00:00", "status=shut", "page=0", "page=x",
     "start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z"],
)  # fmt: skip
async def test_a_filter_that_cannot_be_read_is_an_error_not_an_empty_list(web: httpx2.AsyncClient, query: str) -> None:
    await said(await web.get(f"{V2}/requests.json?{query}"), 400)


async def test_the_same_key_makes_one_ticket_and_another_body_under_it_is_refused(web: httpx2.AsyncClient) -> None:
    key = {"idempotency-key": "h_42"}
    first, again = await file(web, headers=key), await file(web, headers=key)
    assert first.json() == again.json()
    assert again.headers["idempotency-key"] == "h_42"
    other = await file(web, headers=key, description="다른 내용")
    assert other.status_code == 400
    assert other.json()[0]["code"] == 409
    assert len((await web.get(f"{V2}/requests.json")).json()) == 1


async def test_without_a_key_two_reports_are_two_tickets_as_the_specification_has_it(web: httpx2.AsyncClient) -> None:
    assert await filed(web) != await filed(web)


async def test_keys_of_two_peers_do_not_meet(web: httpx2.AsyncClient) -> None:
    key = {"idempotency-key": "h_42"}
    other = "another-key-of-another-peer"
    first, second = await file(web, headers=key), await file(web, headers=key, api_key=other, description="남의 것")
    assert first.json() != second.json()
    mine = await web.get(f"{V2}/receipts/h_42.json", headers={"x-api-key": KEY})
    assert mine.json()[0]["service_request_id"] == first.json()[0]["service_request_id"]


async def test_a_receipt_tells_the_hash_of_the_bytes_that_came(web: httpx2.AsyncClient) -> None:
    await file(web, headers={"idempotency-key": "h_1"})
    body = urlencode(REPORT).encode()
    found = await web.get(f"{V2}/receipts/h_1.json", headers={"x-api-key": KEY})
    assert found.json()[0]["body_sha256"] == hashlib.sha256(body).hexdigest()
    none = await web.get(f"{V2}/receipts/h_2.json", headers={"x-api-key": KEY})
    assert (none.status_code, none.headers["idempotency-key"]) == (404, "h_2")
    assert (await web.get(f"{V2}/receipts/h_1.json")).status_code == 403


async def test_every_arrow_is_one_update_and_after_continues_behind_it(
    web: httpx2.AsyncClient, app: DeskApp, clock: Clock
) -> None:
    ticket = find(app.desk, await filed(web)).id
    for move in (Move.ROUTE, Move.ASSIGN, Move.START, Move.ANSWER, Move.CLOSE):
        clock.forward(seconds=10)
        app.desk.office.move(ticket, move, Papers("고쳤습니다", "도로관리과", "박주임"), "김주무")
    rows = (await web.get(f"{V2}/servicerequestupdates.json")).json()
    assert [row["external_status_code"] for row in rows] == ["routed", "assigned", "in_progress", "answered", "closed"]
    assert [row["status"] for row in rows] == ["INVESTIGATING", "INVESTIGATING", "IN_PROGRESS", "CLOSED", "CLOSED"]
    assert rows[3]["description"] == "고쳤습니다"
    assert all(isinstance(row["update_id"], str) for row in rows)
    assert "박주임" not in json.dumps(rows, ensure_ascii=False)
    later = (await web.get(f"{V2}/servicerequestupdates.json?after={rows[2]['update_id']}")).json()
    assert later == rows[3:]
    xml = ElementTree.fromstring((await web.get(f"{V2}/servicerequestupdates.xml")).content)
    assert (xml.tag, len(xml.findall("request_update"))) == ("service_request_updates", 5)
    none = await web.get(f"{V2}/servicerequestupdates.json?start_date=2026-11-21T01:00:51Z")
    assert none.json() == []
    one = (await web.get(f"{V2}/servicerequestupdates.json?start_date=2026-11-21T01:00:50Z")).json()
    assert one == rows[4:]


async def test_extensions_show_the_finer_state_and_the_notes(web: httpx2.AsyncClient, app: DeskApp) -> None:
    number = await filed(web)
    app.desk.office.move(find(app.desk, number).id, Move.ROUTE, Papers(agency="주차관리과"), "김주무")
    row = (await web.get(f"{V2}/requests/{number}.json?extensions=true")).json()[0]
    assert row["extended_attributes"]["detailed_status"] == "routed"
    assert [note["type"] for note in row["notes"]] == ["route"]
    assert (
        ElementTree.fromstring((await web.get(f"{V2}/requests/{number}.xml?extensions=true")).content)[0].tag
        == "request"
    )


async def posted(web: httpx2.AsyncClient, **fields: str) -> httpx2.Response:
    return await web.post(f"{V2}/servicerequestupdates.json", data={"api_key": KEY, **fields})


async def test_the_other_side_may_answer_reopen_and_withdraw_and_repeats_are_harmless(
    web: httpx2.AsyncClient, app: DeskApp
) -> None:
    number = await filed(web)
    office, ticket = app.desk.office, find(app.desk, number).id
    for move in (Move.ROUTE, Move.ASSIGN, Move.ASK_CITIZEN):
        office.move(ticket, move, Papers("사진을 보내 주십시오", "주차관리과", "박주임"), "김주무")
    reply = {"service_request_id": number, "update_id": "u1", "status": "OPEN", "description": "사진입니다"}
    for _ in range(2):
        response = await posted(web, **reply)
        assert response.json() == [{"update_id": "u1"}]
    assert find(app.desk, number).state == "in_progress"
    assert (await posted(web, **{**reply, "description": "다른 말"})).json()[0]["code"] == 409
    early = await posted(web, service_request_id=number, update_id="u2", status="REOPEN", description="더 알려 주세요")
    assert early.status_code == 400  # nothing to reopen yet, and nothing was kept
    office.move(ticket, Move.ANSWER, Papers(text="처리했습니다"), "김주무")
    again = await posted(web, service_request_id=number, update_id="u2", status="REOPEN", description="더 알려 주세요")
    assert again.status_code == 200
    assert find(app.desk, number).state == "reopened"
    await posted(web, service_request_id=number, update_id="u3", status="CANCELLED", description="됐습니다")
    assert find(app.desk, number).state == "withdrawn"
    assert (await posted(web, service_request_id="26-1121-99999-1", update_id="u", status="OPEN")).status_code == 404
    assert (await posted(web, service_request_id=number, status="OPEN")).status_code == 400
    assert (await web.post(f"{V2}/servicerequestupdates.json", data=reply)).status_code == 403


async def test_what_is_sent_to_the_test_endpoint_reaches_nobody(web: httpx2.AsyncClient) -> None:
    response = await web.post("/open311/test/v2/requests.json", data=REPORT)
    number = response.json()[0]["service_request_id"]
    assert (await web.get(f"/open311/test/v2/requests/{number}.json")).status_code == 200
    assert (await web.get(f"{V2}/requests/{number}.json")).status_code == 404


PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


async def test_a_picture_is_kept_under_its_hash_and_served_as_a_picture_only(web: httpx2.AsyncClient) -> None:
    digest = hashlib.sha256(PNG).hexdigest()
    headers = {"content-type": "image/png", "x-api-key": KEY, "x-content-sha256": digest}
    first, again = [await web.post(f"{V2}/media.json", content=PNG, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    url = first.json()[0]["media_url"]
    assert url.endswith(f"/media/{digest}.png")
    served = await web.get(url)
    assert (served.content, served.headers["content-type"]) == (PNG, "image/png")
    assert served.headers["x-content-type-options"] == "nosniff"
    number = await filed(web, media_url=url)
    assert (await web.get(f"{V2}/requests/{number}.json")).json()[0]["media_url"] == url
    for name in (f"{digest}.jpg", "..%2Fe.db", f"{digest}", "x.png"):
        assert (await web.get(f"/media/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "digest", "code"),
    [
        (b"<svg onload=alert(1)>", "image/png", "", 415),
        (PNG, "image/jpeg", "", 415),
        (PNG, "image/png", "0" * 64, 400),
        (b"", "image/png", "", 415),
    ],
)
async def test_what_is_no_picture_or_arrives_damaged_is_refused(
    web: httpx2.AsyncClient, body: bytes, kind: str, digest: str, code: int
) -> None:
    headers = {"content-type": kind, "x-api-key": KEY, "x-content-sha256": digest}
    response = await web.post(f"{V2}/media.json", content=body, headers=headers)
    assert (response.status_code, response.json()[0]["code"]) == (400, code)


async def test_pictures_need_a_key_and_have_a_size(web: httpx2.AsyncClient) -> None:
    assert (await web.post(f"{V2}/media.json", content=PNG, headers={"content-type": "image/png"})).status_code == 403
    large = PNG + bytes(10 * 1024 * 1024)
    response = await web.post(
        f"{V2}/media.json", content=large, headers={"content-type": "image/png", "x-api-key": KEY}
    )
    assert response.json()[0]["code"] == 413


async def test_numbers_of_persons_inside_a_text_that_everybody_may_read_are_masked(
    web: httpx2.AsyncClient, app: DeskApp
) -> None:
    number = await filed(web, description="제 번호는 010-1234-5678, 주민번호는 900101-1234567입니다")
    app.desk.office.move(
        find(app.desk, number).id, Move.ANSWER_AT_ONCE, Papers("010-9876-5432로 전화 주십시오"), "김주무"
    )
    for path in (f"requests/{number}.json?extensions=true", "servicerequestupdates.json", "requests.xml"):
        open_to_all, with_key = [(await web.get(f"{V2}/{path}", headers=h)).text for h in ({}, {"x-api-key": KEY})]
        assert not any(secret in open_to_all for secret in ("1234-5678", "9876-5432", "1234567"))
        assert "9876-5432" in with_key


@pytest.mark.parametrize(
    ("path", "kind"), [("nothing.json", "json"), ("nothing.xml", "xml"), ("a/b/c", "xml"), ("", "xml")]
)
async def test_what_is_no_resource_is_a_404_in_the_same_shape(web: httpx2.AsyncClient, path: str, kind: str) -> None:
    response = await web.get(f"{V2}/{path}")
    assert (response.status_code, response.headers["content-type"]) == (404, TYPES[kind])

"""Who may speak to us as Twilio: the published vectors, the package's own validator, proxies, sockets, gaps."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.twilio.signature import HEADER, SETTINGS_HEADER, SHA1, SHA256, Keys, Verifier, settings_header, sign
from channels.twilio.webhook import BODY_BYTES_MAX, FIELDS_MAX, STATUS, Form, Gatekeeper
from dasan.core.errors import SENTENCES, BadInput

TOKEN = "12345"
ACCOUNT = "AC" + "0" * 32
PUBLIC = "https://120.example"
CALL = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}


def verifier(public: str = PUBLIC, **shared: str) -> Verifier:
    return Verifier(public, Keys((TOKEN,), shared))


def gatekeeper(public: str = PUBLIC, keys: Keys | None = None) -> Gatekeeper:
    return Gatekeeper(ACCOUNT, Verifier(public, keys or Keys((TOKEN,))))


def body_of(fields: dict[str, str] | list[tuple[str, str]]) -> bytes:
    return urlencode(fields, doseq=True).encode()


def signed(target: str, fields: dict[str, str], public: str = PUBLIC, token: str = TOKEN) -> dict[str, str]:
    return {**FORM_TYPE, HEADER: sign(token, public + target, fields.items())}


# -- the vectors that the twilio package publishes in its tests


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("http://mycompany.com:80/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ],
)
def test_the_published_signatures_are_made_and_taken(url: str, signature: str) -> None:
    base, _, rest = url.partition("/myapp.php")
    assert sign(TOKEN, url, CALL.items()) == signature
    verifier(base).request("/myapp.php" + rest, {HEADER: signature}, CALL.items())


def test_the_published_signature_with_a_repeated_parameter() -> None:
    fields = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(TOKEN, url, fields) == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


def test_the_published_signature_of_a_json_body() -> None:
    body = b'{"property": "value", "boolean": true}'
    digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
    target = f"/myapp.php?foo=1&bar=2&bodySHA256={digest}"
    headers = {HEADER: "a9nBmqA0ju/hNViExpshrM61xv4=", "content-type": "application/json"}
    keeper = gatekeeper("https://mycompany.com")
    form = keeper.form("POST", target, headers, body)
    assert form.body == {"property": "value", "boolean": True}
    assert form.query["foo"] == "1"
    with pytest.raises(BadInput, match="signature"):
        keeper.form("POST", target, headers, body + b" ")
    with pytest.raises(BadInput, match="signature"):
        keeper.form("POST", "/myapp.php?foo=1&bar=2", headers, body)


@given(
    st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=40), max_size=8),
    st.sampled_from([SHA1, SHA256]),
    st.sampled_from(
        ["https://120.example", "https://120.example:8443", "http://10.0.0.1:8120", "https://120.example/app"]
    ),
)
def test_we_and_the_package_sign_alike(fields: dict[str, str], algorithm: str, public: str) -> None:
    url = public + "/twilio/voice?step=1&n=%2B82"
    try:
        theirs = RequestValidator(TOKEN).compute_signature(url, fields, algorithm)
    except UnicodeEncodeError:  # a lone surrogate, which no form can carry
        return
    assert sign(TOKEN, url, fields.items(), algorithm) == theirs
    settings = {SETTINGS_HEADER: f"algorithm={algorithm}"}
    verifier(public).request("/twilio/voice?step=1&n=%2B82", {HEADER: theirs, **settings}, fields.items())


# -- addresses


def test_a_proxy_may_call_us_anything_because_only_the_public_address_counts() -> None:
    fields = {"CallSid": "CA1", "AccountSid": ACCOUNT}
    headers = signed("/twilio/voice?s=1", fields) | {"host": "10.1.2.3:8120", "x-forwarded-host": "evil.example"}
    assert gatekeeper().form("POST", "/twilio/voice?s=1", headers, body_of(fields)).get("CallSid") == "CA1"


def test_a_port_that_is_the_schemes_own_may_be_signed_or_not() -> None:
    for spelt in ("https://120.example", "https://120.example:443"):
        verifier().request("/v", {HEADER: sign(TOKEN, spelt + "/v")})
        verifier("https://120.example:443").request("/v", {HEADER: sign(TOKEN, spelt + "/v")})


def test_the_path_counts_as_it_stood_on_the_wire() -> None:
    signature = {HEADER: sign(TOKEN, PUBLIC + "/v?to=%2B82&q=a%20b")}
    verifier().request("/v?to=%2B82&q=a%20b", signature)
    for rewritten in ("/v?to=+82&q=a%20b", "/v?to=%2b82&q=a%20b", "/v?to=%2B82&q=a+b", "/v"):
        with pytest.raises(BadInput, match="signature"):
            verifier().request(rewritten, signature)


def test_a_public_address_with_a_path_is_part_of_what_was_signed() -> None:
    verifier("https://seoul.example/120").request("/v", {HEADER: sign(TOKEN, "https://seoul.example/120/v")})


# -- keys


def test_a_shared_key_signs_with_sha_256() -> None:
    keys = Keys((TOKEN,), {"webhooks_sharedkey_1": "s3cret"})
    settings = {SETTINGS_HEADER: settings_header("webhooks_sharedkey_1")}
    right = sign("s3cret", PUBLIC + "/v", [("A", "1")], SHA256)
    Verifier(PUBLIC, keys).request("/v", {HEADER: right, **settings}, [("A", "1")])


@pytest.mark.parametrize(
    ("settings", "secret", "algorithm"),
    [
        ("key=webhooks_sharedkey_2,algorithm=HMAC_SHA256", "s3cret", SHA256),  # a key that we do not know
        ("key=webhooks_sharedkey_1,algorithm=HMAC_MD5", "s3cret", SHA1),
        ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", TOKEN, SHA256),  # the token instead of the shared key
        ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", "s3cret", SHA1),
        ("", "s3cret", SHA256),
        (",,,=,key", "s3cret", SHA256),
    ],
)
def test_another_key_or_algorithm_is_refused(settings: str, secret: str, algorithm: str) -> None:
    keys = Keys((TOKEN,), {"webhooks_sharedkey_1": "s3cret"})
    headers = {HEADER: sign(secret, PUBLIC + "/v", (), algorithm), SETTINGS_HEADER: settings}
    with pytest.raises(BadInput, match="signature"):
        Verifier(PUBLIC, keys).request("/v", headers)


def test_while_the_token_is_being_changed_both_are_taken() -> None:
    changing = Verifier(PUBLIC, Keys(("new", "old")))
    for token in ("new", "old"):
        changing.request("/v", {HEADER: sign(token, PUBLIC + "/v")})


def test_without_a_secret_nothing_is_let_in() -> None:
    for keys in (Keys(), Keys(("",)), Keys((), {"k": ""})):
        for settings in ("", settings_header("k")):
            headers = {HEADER: sign("", PUBLIC + "/v", (), SHA256 if settings else SHA1), SETTINGS_HEADER: settings}
            with pytest.raises(BadInput, match="signature"):
                Verifier(PUBLIC, keys).request("/v", headers)


# -- sockets


@pytest.mark.parametrize(
    "spelt", ["wss://120.example/media", "wss://120.example/media/", "wss://120.example:443/media"]
)
def test_a_streams_socket_is_signed_over_its_own_address(spelt: str) -> None:
    gatekeeper().socket("/media", {HEADER: sign(TOKEN, spelt)})


@pytest.mark.parametrize(
    "headers",
    [{}, {HEADER: sign(TOKEN, "https://120.example/media")}, {HEADER: sign("x", "wss://120.example/media")}],
)
def test_a_socket_signed_otherwise_is_refused(headers: dict[str, str]) -> None:
    keeper = gatekeeper()
    with pytest.raises(BadInput, match="signature"):
        keeper.socket("/media", headers)
    assert keeper.refused == {"bad_signature": 1}


# -- forms


def test_blank_repeated_korean_and_unknown_parameters_are_kept_and_signed() -> None:
    fields = [
        ("AccountSid", ACCOUNT),
        ("Digits", ""),
        ("A", "2"),
        ("A", "1"),
        ("SpeechResult", "불법주차 신고"),
        ("New", "x"),
    ]
    headers = {**FORM_TYPE, HEADER: sign(TOKEN, PUBLIC + "/v", fields), "i-twilio-idempotency-token": "t-1"}
    form = gatekeeper().form("POST", "/v", headers, body_of(fields))
    assert (form.get("Digits", "none"), form.get("A"), form.get("SpeechResult")) == ("", "2", "불법주차 신고")
    assert (form.get("New"), form.get("Missing", "-"), form.retry_of) == ("x", "-", "t-1")


def test_a_get_carries_its_fields_in_the_address() -> None:
    target = "/v?CallSid=CA1&AccountSid=" + ACCOUNT
    form = gatekeeper().form("GET", target, {HEADER: sign(TOKEN, PUBLIC + target)}, b"")
    assert form == Form({"CallSid": "CA1", "AccountSid": ACCOUNT}, {"CallSid": "CA1", "AccountSid": ACCOUNT})


RIGHT = {"AccountSid": ACCOUNT, "CallSid": "CA1"}


@pytest.mark.parametrize(
    ("code", "method", "target", "headers", "body"),
    [
        ("bad_signature", "POST", "/v", FORM_TYPE, body_of(RIGHT)),
        ("bad_signature", "POST", "/v", {**FORM_TYPE, HEADER: ""}, body_of(RIGHT)),
        ("bad_signature", "POST", "/v", {**FORM_TYPE, HEADER: "가"}, body_of(RIGHT)),
        ("bad_signature", "POST", "/v", {**FORM_TYPE, HEADER: "A" * 10_000}, body_of(RIGHT)),
        ("bad_signature", "POST", "/v", signed("/w", RIGHT), body_of(RIGHT)),
        ("bad_signature", "POST", "/v", signed("/v", RIGHT), body_of({**RIGHT, "Digits": "1"})),
        ("bad_signature", "POST", "/v", signed("/v", RIGHT), b""),
        ("bad_signature", "POST", "/v", signed("/v", RIGHT, token="other"), body_of(RIGHT)),
        ("wrong_account", "POST", "/v", signed("/v", {"AccountSid": "AC1"}), body_of({"AccountSid": "AC1"})),
        ("malformed", "POST", "/v", {**FORM_TYPE, HEADER: "x"}, b"A=%ff%fe"),
        ("malformed", "POST", "/v", {**FORM_TYPE, HEADER: "x"}, "A=가".encode()),
        ("malformed", "POST", "/v", {"content-type": "text/plain", HEADER: "x"}, b"A=1"),
        ("malformed", "POST", "/v", {HEADER: "x"}, b"A=1"),
        ("oversized", "POST", "/v", FORM_TYPE, b"A=" + b"a" * BODY_BYTES_MAX),
        ("oversized", "POST", "/v", FORM_TYPE, b"&".join([b"A=1"] * (FIELDS_MAX + 1))),
        ("oversized", "POST", "/v", FORM_TYPE, b"A" * 101 + b"=1"),
        ("oversized", "POST", "/v?" + "a" * 9_000, FORM_TYPE, b"A=1"),
    ],
)
def test_a_bad_webhook_has_one_code_is_counted_and_nothing_is_echoed(code, method, target, headers, body) -> None:
    keeper = gatekeeper()
    with pytest.raises(BadInput) as refusal:
        keeper.form(method, target, headers, body)
    assert refusal.value.code == code
    assert keeper.refused == {code: 1}
    assert set(refusal.value.args_.values()) <= {"body", "content-type"}
    assert code in SENTENCES
    assert code in STATUS


@given(st.binary(max_size=300), st.text(max_size=60))
def test_whatever_arrives_is_refused_in_one_of_the_known_ways(body: bytes, said: str) -> None:
    for headers in (FORM_TYPE | {HEADER: said}, {"content-type": "application/json", HEADER: said}):
        with pytest.raises(BadInput) as refusal:
            gatekeeper().form("POST", "/v?a=1", headers, body)
        assert refusal.value.code in STATUS

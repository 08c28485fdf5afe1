"""`dasan check --twilio` and `--privacy`: what an account's numbers lack, and which data leaves the country."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from pydantic import SecretStr
from typer.testing import CliRunner

from channels.carrier.app import app as carrier_app
from channels.carrier.carrier import Carrier
from channels.carrier.drive import real_us
from channels.carrier.network import Account as NetworkAccount
from channels.carrier.webhooks import Reply
from dasan.cli import app
from dasan.commands import network, outside, privacy
from dasan.commands.finding import Finding
from dasan.settings import Settings
from dasan.telephony import Account

PUBLIC = "https://120.example"
OURS = "+8225550120"
GOOD = {
    "kind": "number",
    "name": OURS,
    "voice_url": PUBLIC + "/twilio/voice",
    "voice_method": "POST",
    "voice": "True",
    "fallback_url": "https://static.example/120.xml",
    "fallback_method": "GET",
    "status_callback": PUBLIC + "/twilio/voice/status",
    "status_method": "POST",
    "receive_mode": "voice",
}
DOMAIN = {**GOOD, "kind": "sip_domain", "name": "dasan120.sip.twilio.com", "secure": "True", "auth": "IP_ACL"}
TRUNK = {**GOOD, "kind": "byoc_trunk", "name": "seoul"}


def settings(public: str = PUBLIC, **voice: object) -> Settings:
    base = Settings()
    given = {
        "enabled": True,
        "account_sid": "AC" + "0" * 32,
        "auth_token": SecretStr("t"),
        "caller_id": OURS,
        "numbers": (OURS,),
        "fallback_number": "+82221330000",
    }
    changed = base.voice.model_copy(update={**given, **voice})
    return base.model_copy(update={"voice": changed, "server": base.server.model_copy(update={"public_url": public})})


def look(*rows: dict[str, str], status: str = "active", kind: str = "Full", **voice: object) -> list[Finding]:
    return list(network.of_account(Account(rows, status, kind), settings(**voice)))


def test_a_number_that_is_set_up_right_is_good() -> None:
    assert [f.level for f in look(GOOD)] == ["good"]
    assert [f.level for f in look(GOOD, DOMAIN, TRUNK)] == ["good"] * 3
    assert [f.level for f in look({**GOOD, "voice_url": GOOD["voice_url"] + "#rc=2&rp=ct,rt,5xx"})] == ["good"]


def test_a_centre_that_has_a_trunk_of_its_own_needs_no_number() -> None:
    assert [f.level for f in look(TRUNK, numbers=(), caller_id="")] == ["good"]
    assert [f.level for f in look({**TRUNK, "voice_url": ""})] == ["bad", "warn", "bad"]


@pytest.mark.parametrize(
    ("change", "level", "said"),
    [
        ({"voice_url": ""}, "bad", "no voice address"),
        ({"voice_url": "https://other.example/twilio/voice"}, "bad", "not ours"),
        ({"voice_url": "https://120.example.evil/twilio/voice"}, "bad", "not ours"),
        ({"voice_url": PUBLIC + "/twilio/sms"}, "bad", "not ours"),
        ({"voice_url": PUBLIC + "/twilio/voice/status"}, "bad", "not ours"),
        ({"voice": "False"}, "bad", "no voice calls"),
        ({"voice_method": "GET"}, "bad", "change it to POST"),
        ({"trunk": "TK1"}, "bad", "SIP trunk"),
        ({"application": "AP1"}, "bad", "TwiML app"),
        ({"receive_mode": "fax"}, "bad", "fax"),
        ({"fallback_url": ""}, "bad", "no fallback"),
        ({"fallback_url": PUBLIC + "/fallback"}, "warn", "on this server"),
        ({"fallback_method": "POST"}, "warn", "change it to GET"),
        ({"status_callback": ""}, "warn", "no status callback"),
        ({"status_callback": PUBLIC + "/twilio/voice"}, "warn", "no status callback"),
        ({"status_method": "GET"}, "bad", "status callback"),
        ({"kind": "sip_domain", "auth": "", "secure": "True"}, "bad", "no authentication"),
        ({"kind": "sip_domain", "auth": "IP_ACL", "secure": "False"}, "warn", "TLS"),
    ],
)
def test_each_fault_of_a_number_is_one_sentence_with_what_to_do(change: dict[str, str], level: str, said: str) -> None:
    (finding,) = look({**GOOD, **change})
    assert finding.level == level
    assert said in finding.english
    assert OURS in finding.korean


def test_a_number_of_the_settings_that_the_account_lacks_is_named() -> None:
    found = look(GOOD, numbers=(OURS, "+8225550121"))
    assert [f.level for f in found] == ["bad", "good"]
    assert "+8225550121" in found[0].english


def test_numbers_that_are_not_ours_are_left_alone_once_the_settings_name_ours() -> None:
    other = {**GOOD, "name": "+8225559999", "voice_url": ""}
    assert [f.level for f in look(GOOD, other)] == ["good"]
    assert [f.level for f in look(GOOD, other, numbers=())] == ["good", "bad"]


def test_an_account_that_is_suspended_empty_or_on_trial_is_told() -> None:
    assert [f.level for f in look(status="suspended", kind="Trial", numbers=())] == ["bad", "warn", "bad"]


def test_a_caller_id_that_is_not_the_accounts_is_told() -> None:
    assert [f.level for f in look(GOOD, caller_id="+82220000000")] == ["warn", "good"]


@pytest.mark.parametrize("public", ["http://120.example", "https://127.0.0.1:8120"])
def test_an_address_that_the_network_cannot_reach_stops_before_the_account_is_asked(public: str) -> None:
    assert [f.level for f in network.findings(settings(public))] == ["bad"]


def test_a_network_out_of_reach_is_one_sentence() -> None:
    away = settings(api_base="http://127.0.0.1:9", connect_timeout_s=0.5)
    (finding,) = network.findings(away)
    assert finding.level == "bad"
    assert "out of reach" in finding.english


def test_a_network_that_answers_is_asked_over_http(network_at: Callable[[str], str]) -> None:
    """The whole way: the command's own client, HTTP, and a stand-in network with one number that has no fallback."""
    asked = settings(
        api_base=network_at(OURS),
        account_sid=NetworkAccount().sid,
        auth_token=SecretStr(NetworkAccount().token),
        numbers=(OURS,),
    )
    found = list(network.findings(asked))
    assert [(finding.level, finding.english.split(":")[0]) for finding in found] == [
        ("bad", f"{OURS} has no fallback address"),
        ("warn", f"{OURS} has no status callback at https"),
    ]


@pytest.fixture
def network_at() -> Iterator[Callable[[str], str]]:
    """A stand-in network in a thread of its own, over HTTP."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def begin(number: str) -> str:
        carrier = Carrier(_NoWeb(), clock=real_us)
        carrier.number(number, f"{PUBLIC}/twilio/voice")
        server = uvicorn.Server(uvicorn.Config(carrier_app(carrier), port=0, log_config=None))
        thread = threading.Thread(target=server.run)
        thread.start()
        servers.append((server, thread))
        while not server.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield begin
    for server, thread in servers:
        server.should_exit = True
        thread.join()


class _NoWeb:
    async def send(self, ask: object) -> Reply:
        return Reply(failure="ct")


def test_a_telephone_that_is_switched_off_is_told() -> None:
    found = list(network.findings(settings("http://120.example", enabled=False)))
    assert [f.level for f in found] == ["warn", "bad"]
    assert "voice.enabled" in found[0].english


def test_without_settings_each_missing_key_is_named() -> None:
    found = [f.english for f in network.findings(Settings())]
    assert sum("is not set" in line for line in found) == 4


# -- privacy


def test_it_is_said_how_long_voices_stay_here() -> None:
    (kept,) = [f for f in privacy.findings(settings(recording_days=7)) if "voices on this machine" in f.english]
    assert "after 7 days, messages after 30" in kept.english
    assert "7일" in kept.korean


def leaving(**voice: object) -> set[str]:
    return {f.english.partition(":")[0] for f in privacy.findings(settings(**voice)) if f.level == "warn"}


def test_out_of_the_box_nothing_leaves_the_machine() -> None:
    assert {f.level for f in privacy.findings(Settings())} == {"good"}


def test_a_call_leaves_the_country_and_nothing_more_until_it_is_accepted_by_name() -> None:
    assert leaving() == {"voice", "texts"}
    for name in ("recording", "transcription", "streams", "speech"):
        assert leaving(accept=(name,)) == {"voice", "texts", name}


def test_a_stand_in_network_is_no_country() -> None:
    assert leaving(api_base="http://127.0.0.1:8130") == set()


def test_another_address_of_the_network_is_the_network() -> None:
    assert leaving(api_base="https://api.dublin.ie1.twilio.com") == {"voice", "texts"}


def test_the_command_prints_both_languages_and_ends_as_the_worst_finding(tmp_path: Path) -> None:
    empty = tmp_path / "dasan.toml"
    empty.write_text("")
    told = CliRunner().invoke(app, ["check", "--privacy", "--config", str(empty)])
    assert (told.exit_code, "나가지 않습니다" in told.output, "nothing leaves" in told.output) == (0, True, True)
    missing = CliRunner().invoke(app, ["check", "--twilio", "--config", str(empty)])
    assert missing.exit_code == 1
    assert "voice.account_sid" in missing.output


# -- outside services of the menu


def _with_services(*urls: str, **more: object) -> Settings:
    rows = [
        {"code": f"s{n}", "name_ko": "단수", "name_en": "Outages", "url": url, **more} for n, url in enumerate(urls)
    ]
    return Settings(ivr={"services": rows})  # type: ignore[arg-type]  # pydantic makes the rows


def test_every_address_that_we_ask_is_listed_with_whether_somebody_is_there() -> None:
    with socket.socket() as there, socket.socket() as gone:
        there.bind(("127.0.0.1", 0))
        there.listen()
        gone.bind(("127.0.0.1", 0))
        urls = [f"http://127.0.0.1:{one.getsockname()[1]}/path?with=query" for one in (there, gone)]
        found = list(outside.findings(_with_services(*urls)))
    assert [finding.level for finding in found] == ["good", "warn"]
    assert urls[0].removesuffix("/path?with=query") in found[0].english
    assert "path" not in found[0].english
    assert "refused" in found[1].english.lower()


def test_where_nobody_is_asked_that_is_said() -> None:
    (found,) = outside.findings(Settings())
    assert (found.level, found.english) == ("good", "This server asks no address outside.")


def test_a_port_without_tls_is_no_https_service() -> None:
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        there.listen()

        def hang_up() -> None:
            there.accept()[0].close()

        answering = threading.Thread(target=hang_up)
        answering.start()
        found = list(outside.findings(_with_services(f"https://127.0.0.1:{there.getsockname()[1]}/")))
        answering.join()
    assert [finding.level for finding in found] == ["warn", "good"]
    assert "without a secret" in found[1].english


def test_what_the_menu_sends_to_others_is_told_as_it_was_declared() -> None:
    settings = _with_services("https://api.example.kr/x", sends_ko="주소", sends_en="an address", abroad=True)
    found = [finding for finding in privacy.findings(settings) if "ivr.services" in finding.english]
    assert [finding.level for finding in found] == ["warn"]
    assert "leaves the country" in found[0].english
    assert "personal data: an address, to Outages (api.example.kr)" in found[0].english
    (here,) = [f for f in privacy.findings(_with_services("http://127.0.0.1:1/")) if "ivr.services" in f.english]
    assert here.level == "good"


def test_the_command_lists_them(tmp_path: Path) -> None:
    file = tmp_path / "dasan.toml"
    file.write_text(
        '[[ivr.services]]\ncode = "x"\nname_ko = "단수"\nname_en = "Outages"\nurl = "http://127.0.0.1:1/"\n'
    )
    done = CliRunner().invoke(app, ["check", "--network", "--config", str(file)])
    assert done.exit_code == 0
    assert "the menu's Outages (http://127.0.0.1:1) cannot be reached" in done.output

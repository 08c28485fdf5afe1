"""Whose address it is, and which pages may talk to us."""

import pytest

from dasan.net.front import Front, front, is_own, origin_of


def test_an_untrusted_peer_cannot_pretend_to_be_another() -> None:
    assert Front().client("203.0.113.9", {"x-forwarded-for": "10.1.1.1"}) == "203.0.113.9"


def test_behind_a_trusted_proxy_the_last_untrusted_hop_is_the_client() -> None:
    seen = front("https://120.example", ("10.0.0.1", 80), proxies=["10.0.0.0/8", "fd00::/8"])
    forged = {"x-forwarded-for": "1.2.3.4, 198.51.100.7, 10.9.9.9"}
    assert seen.client("10.0.0.2", forged) == "198.51.100.7"
    assert seen.client("::ffff:10.0.0.2", forged) == "198.51.100.7"
    assert seen.client("10.0.0.2", {}) == "10.0.0.2"
    assert seen.client("10.0.0.2", {"x-forwarded-for": "garbage"}) == "10.0.0.2"


def test_a_proxy_says_whether_the_clients_side_is_encrypted() -> None:
    seen = front("https://120.example", ("10.0.0.1", 80), proxies=["10.0.0.2"])
    assert seen.secure("10.0.0.2", {"x-forwarded-proto": "https"}, tls=False)
    assert not seen.secure("10.0.0.3", {"x-forwarded-proto": "https"}, tls=False)
    assert seen.secure("10.0.0.3", {}, tls=True)


@pytest.mark.parametrize(
    ("origin", "admitted"),
    [
        (None, True),
        ("https://120.example", True),
        ("http://localhost:8120", True),
        ("http://127.0.0.1:8120", True),
        ("http://127.0.0.1:9999", False),
        ("https://120.example.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_our_own_pages_are_admitted(origin: str | None, admitted: bool) -> None:
    assert front("https://120.example/", ("127.0.0.1", 8120)).admits(origin) is admitted


def test_origins_are_compared_as_browsers_write_them() -> None:
    assert origin_of("HTTPS://120.Example:443/chat?x") == "https://120.example"
    assert origin_of("http://[::1]:8120/") == "http://[::1]:8120"


def test_this_machines_own_addresses_are_known() -> None:
    assert [is_own(peer) for peer in ("127.0.0.1", "::1", "unix", "::ffff:127.0.0.1", "203.0.113.9")] == [True] * 4 + [
        False
    ]


def test_a_server_on_an_address_of_its_own_admits_pages_from_there() -> None:
    seen = front("", ("192.168.0.7", 8120))
    assert seen.admits("http://192.168.0.7:8120")
    assert not seen.admits("http://localhost:8120")
    assert not seen.admits("http://192.168.0.8:8120")

"""Who is at the other end, seen through the proxies we trust, and which pages may open a socket here.

``X-Forwarded-For`` and ``X-Forwarded-Proto`` count only when the transport's peer is a trusted proxy; the client is
then the last address in the list that is not itself trusted (whatever stands before it can be forged). A socket's
``Origin`` must be one that we serve; a missing one is let pass, because every browser sends it and only browsers are
lured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
_HOPS_MAX = 20


@dataclass(frozen=True, slots=True)
class Front:
    """``origins`` as browsers write them (``https://120.example``), without a path."""

    origins: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = ()
    public_url: str = ""
    _trusts_unix: bool = field(default=False)

    def client(self, peer: str, headers: Mapping[str, str]) -> str:
        """The client's address: the peer's, or what a trusted proxy says of it."""
        if not self._trusted(peer):
            return peer
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",")][-_HOPS_MAX:]
        for hop in reversed(hops):
            address = _address(hop)
            if address is None:
                return peer
            if not self._trusted(hop):
                return str(address)
            peer = str(address)
        return peer

    def secure(self, peer: str, headers: Mapping[str, str], tls: bool) -> bool:
        """Whether the client's side of the connection is encrypted."""
        if tls or not self._trusted(peer):
            return tls
        return headers.get("x-forwarded-proto", "").split(",")[-1].strip().lower() == "https"

    def admits(self, origin: str | None) -> bool:
        """Whether a page of that origin may talk to us."""
        return origin is None or origin.lower() in self.origins

    def _trusted(self, peer: str) -> bool:
        address = _address(peer)
        return self._trusts_unix if address is None else any(address in network for network in self.proxies)


def front(public_url: str, listen: tuple[str, int], origins: Iterable[str] = (), proxies: Iterable[str] = ()) -> Front:
    """A Front for a server at ``listen`` that people reach as ``public_url`` ("" on a machine of one's own).

    The address it listens on is admitted, and on loopback every loopback name. Raises ValueError for a proxy that is
    not a network.
    """
    host, port = listen
    admitted = {origin_of(url) for url in (public_url, *origins) if url}
    if host in {"127.0.0.1", "::1", "localhost", "0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        admitted |= {f"http://{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
    else:
        name = f"[{host}]" if ":" in host else host
        admitted |= {origin_of(f"{scheme}://{name}:{port}") for scheme in ("http", "https")}
    return Front(frozenset(admitted), tuple(ip_network(p, strict=False) for p in proxies), public_url.rstrip("/"))


def is_own(peer: str) -> bool:
    """Whether that address is this machine's own: its operator, or a proxy that nobody declared.

    A limit for one address must not count it: behind such a proxy it would be everybody's.
    """
    address = _address(peer)
    return address is None or address.is_loopback


def origin_of(url: str) -> str:
    """``https://120.example/page`` as ``https://120.example``: scheme, host and port if it is not the scheme's own."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else (parts.hostname or "")
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in {None, default} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}".lower()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address

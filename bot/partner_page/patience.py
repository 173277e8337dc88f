"""How often one address may knock: enough for an office with many cases, far too little to guess a link.

A page that is there costs one, a link that opens nothing costs six; each address has sixty, which come back within a minute.
"""

import ipaddress
from collections import OrderedDict

from aiolimiter import AsyncLimiter
from starlette.requests import Request

FOUND, MISSED, ALL = 1, 6, 60
SECONDS = 60
MOST_ADDRESSES = 10_000
UNKNOWN = "unknown"


class Patience:
    def __init__(self) -> None:
        self._limiters: OrderedDict[str, AsyncLimiter] = OrderedDict()

    async def knock(self, address: str) -> bool:
        """May they ask now? Paid before the answer, so that many at once do not slip through."""
        if not self._of(address).has_capacity(MISSED):
            return False
        await self._of(address).acquire(FOUND)
        return True

    async def missed(self, address: str) -> None:
        """There was nothing: that costs more."""
        if self._of(address).has_capacity(MISSED - FOUND):
            await self._of(address).acquire(MISSED - FOUND)

    def _of(self, address: str) -> AsyncLimiter:
        limiter = self._limiters.setdefault(address, AsyncLimiter(ALL, SECONDS))
        self._limiters.move_to_end(address)
        if len(self._limiters) > MOST_ADDRESSES:
            self._limiters.popitem(last=False)
        return limiter


def address_of(request: Request) -> str:
    """Who asks. Behind our own proxy, on this machine, it is the last one that the proxy names: what stands before that anybody can write.

    Of an IPv6 address only the network, since one subscriber has all of its addresses.
    """
    said = request.client.host if request.client else UNKNOWN
    forwarded = request.headers.get("x-forwarded-for", "")
    if forwarded and _is_loopback(said):
        said = forwarded.rsplit(",", 1)[-1].strip()
    try:
        found = ipaddress.ip_address(said)
    except ValueError:
        return UNKNOWN
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _is_loopback(said: str) -> bool:
    try:
        return ipaddress.ip_address(said).is_loopback
    except ValueError:
        return said == "testclient"

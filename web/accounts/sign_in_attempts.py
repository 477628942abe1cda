"""How often one network address may try to sign in: a bound beside the one of each account.

`riskmap.access.lockout` makes an account wait; this makes an address wait that tries many logins,
before a password is hashed and before the audit gets a row. Kept in memory: a restart forgets it.
"""

import ipaddress
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST = 30
WITHIN = timedelta(minutes=10)
ADDRESSES_AT_MOST = 20_000
IPV6_NETWORK = 64
"""One household has a whole IPv6 network of this prefix [bits]."""


class Attempts:
    """The failed attempts of the last ten minutes by network address; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()

    def begin(self, address: str, now: datetime) -> timedelta:
        """Count an attempt as failed until it is `forgiven`; return how long it has to wait.

        Attempts that are still being checked count too, so that many at once gain nothing. One
        that has to wait is not counted.
        """
        place = network_of(address)
        with self._lock:
            failed = self._failed.setdefault(place, deque())
            self._failed.move_to_end(place)
            while failed and failed[0] <= now - WITHIN:
                failed.popleft()
            if len(failed) >= MOST:
                return failed[0] + WITHIN - now
            failed.append(now)
            while len(self._failed) > ADDRESSES_AT_MOST:
                self._failed.popitem(last=False)
        return timedelta(0)

    def forgive(self, address: str) -> None:
        """Take the newest attempt of an address off: it did not fail."""
        with self._lock:
            failed = self._failed.get(network_of(address))
            if failed:
                failed.pop()


def network_of(address: str) -> str:
    """Return what is counted as one address.

    Examples
    --------
    >>> network_of("10.1.2.3"), network_of("2001:db8:1:2:3:4:5:6"), network_of("testclient")
    ('10.1.2.3', '2001:db8:1:2::/64', 'testclient')
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(ipaddress.ip_network((known, IPV6_NETWORK), strict=False))

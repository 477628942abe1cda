"""How often a sign-in may fail: a bound beside the one of each account, by network address.

`riskmap.access.lockout` makes an account wait. This makes those wait who try one login again and
again from an address, and an address that tries many logins, before a password is hashed and
before the audit gets a row. A whole district may sit behind one address: the bound of an address
is far above that of a login, and higher still where somebody signed in lately. Kept in the memory
of one process: a restart forgets it, several processes count each for itself.
"""

import ipaddress
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

Key = TypeVar("Key")

MOST_OF_LOGIN = 30
"""Failures of one login from one address within ten minutes."""

MOST = 300
"""Failures from one address, whatever the login."""

MOST_WHERE_KNOWN = 1500
"""The same where somebody signed in within `KNOWN_FOR`."""

WITHIN = timedelta(minutes=10)
KNOWN_FOR = timedelta(hours=12)
ADDRESSES_AT_MOST = 20_000
LOGINS_AT_MOST = 50_000
IPV6_NETWORK = 64
"""One household has a whole IPv6 network of this prefix [bits]."""


@dataclass
class Failures:
    """The moments of failures that still count, oldest first."""

    at: deque[datetime] = field(default_factory=deque)
    known: datetime | None = None
    """When somebody last signed in from here."""

    def wait(self, most: int, now: datetime) -> timedelta:
        """Return how long to wait until fewer than `most` count."""
        while self.at and self.at[0] <= now - WITHIN:
            self.at.popleft()
        return self.at[-most] + WITHIN - now if len(self.at) >= most else timedelta(0)


class Attempts:
    """The failed attempts of the last ten minutes; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._addresses: OrderedDict[str, Failures] = OrderedDict()
        self._logins: OrderedDict[tuple[str, str], Failures] = OrderedDict()

    def begin(self, address: str, login: str, now: datetime) -> timedelta:
        """Count an attempt as failed until it is `forgiven`; return how long it has to wait.

        Attempts that are still being checked count too, so that many at once gain nothing. One
        that has to wait is not counted.
        """
        place = network_of(address)
        with self._lock:
            here = _newest(self._addresses, place, ADDRESSES_AT_MOST)
            known = here.known is not None and now - here.known < KNOWN_FOR
            wait = here.wait(MOST_WHERE_KNOWN if known else MOST, now)
            if wait:  # before the login is looked up: no room is taken from other logins
                return wait
            mine = _newest(self._logins, (place, login), LOGINS_AT_MOST)
            wait = mine.wait(MOST_OF_LOGIN, now)
            if not wait:
                here.at.append(now)
                mine.at.append(now)
        return wait

    def forgive(self, address: str, login: str, now: datetime, *, known: bool = False) -> None:
        """Take the newest attempt off: it did not fail; `known` when somebody is signed in now."""
        place = network_of(address)
        with self._lock:
            here, mine = self._addresses.get(place), self._logins.get((place, login))
            for failures in (here, mine):
                if failures and failures.at:
                    failures.at.pop()
            if here and known:
                here.known = now


def _newest(kept: OrderedDict[Key, Failures], key: Key, most: int) -> Failures:
    """Return what is counted under a key, as the newest; the oldest keys beyond `most` go."""
    found = kept.setdefault(key, Failures())
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
    return found


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

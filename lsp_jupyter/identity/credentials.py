"""Tokens as they come in an ``Authorization`` header."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Presented", "matches", "presented"]


@dataclass(frozen=True, slots=True)
class Presented:
    """What a client showed.

    Attributes
    ----------
    basic : `bool`
        Whether it came as HTTP Basic, which browsers keep and send by
        themselves (RFC 7617).
    offers : `tuple` of `str`
        What may be the token, the likelier one last. With Basic that is the
        user name or the password: clients differ. Empty if there was nothing.
    """

    basic: bool = False
    offers: tuple[str, ...] = ()


def presented(header: str) -> Presented:
    """Read an ``Authorization`` header (RFC 9110 section 11.6.2).

    Parameters
    ----------
    header : `str`
        Its value; empty if there was none. Schemes other than Basic, Bearer
        and Jupyter's own ``token`` count as nothing.
    """
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    if scheme.lower() in ("bearer", "token"):
        return Presented(offers=(value,) if value else ())
    if scheme.lower() != "basic":
        return Presented()
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return Presented(basic=True, offers=(value,))
    return Presented(basic=True, offers=(user, password) if password else (user,))


def matches(offers: Iterable[str], secrets: Iterable[str | None]) -> bool:
    """Whether one of the offers is one of the secrets, in a time that tells nothing.

    Parameters
    ----------
    offers : iterable of `str`
        What a client showed.
    secrets : iterable of `str`
        Valid tokens; empty ones never match.
    """
    valid = [secret.encode() for secret in secrets if secret]
    found = False
    for offer in offers:
        for secret in valid:
            found |= hmac.compare_digest(offer.encode(), secret)
    return found

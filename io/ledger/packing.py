"""Tables of parameter hashes as bytes: one byte for the parameter, sixteen for the hash.

A million profiles of thirteen parameters are 220 MB so, and twice that with the names spelt out.
"""

from collections.abc import Mapping

from straitsx_bulk.io.ledger.digests import DIGEST_BYTES
from straitsx_bulk.io.ledger.records import EMPTY

# Numbers are for ever: ledgers hold them. Append, never reorder.
_NAMES = (
    "customerName",
    "registrationType",
    "registrationId",
    "registrationIdType",
    "registrationIdCountry",
    "address.street",
    "address.city",
    "address.state",
    "address.postalCode",
    "address.country",
    "countryOfResidence",
    "dateOfBirth",
    "nationality",
    "placeOfBiz",
    "placeOfBizCountry",
    "countryOfIncorporation",
    "dateOfIncorporation",
    "gender",
    "email",
    "phoneNo",
    "customerNativeName",
    "tradingName",
    "address",
)
_CODES = {name: code for code, name in enumerate(_NAMES, start=1)}
_NAME_OF = dict(enumerate(_NAMES, start=1))
_SPELT_OUT = 0
"""Code of a parameter without a number: its length and name follow."""
_EMPTY_FLAG = 0x80
_FULL_HEADS = {name: bytes((code,)) for name, code in _CODES.items()}


def pack_held(held: Mapping[str, bytes]) -> bytes:
    """Pack a table of hashes.

    Args:
        held: Parameter to 16 bytes, or ``EMPTY``.

    Returns:
        Bytes that ``unpack_held`` reads.

    Raises:
        ValueError: A hash of another length, or a name of more than 255 bytes.
    """
    parts: list[bytes] = []
    for parameter, digest in held.items():
        if digest:
            if len(digest) != DIGEST_BYTES:
                raise ValueError(f"the hash of {parameter} has {len(digest)} bytes, not {DIGEST_BYTES}")
            parts += (_FULL_HEADS.get(parameter) or _head_of(parameter, 0), digest)
        else:
            parts.append(_head_of(parameter, _EMPTY_FLAG))
    return b"".join(parts)


def _head_of(parameter: str, flag: int) -> bytes:
    code = _CODES.get(parameter, _SPELT_OUT)
    head = bytes((code | flag,))
    if code == _SPELT_OUT:
        name = parameter.encode()
        head += bytes((len(name),)) + name
    return head


def unpack_held(packed: bytes) -> dict[str, bytes]:
    """Unpack a table of hashes.

    Args:
        packed: From ``pack_held``.

    Returns:
        Parameter to 16 bytes, or ``EMPTY``.
    """
    held: dict[str, bytes] = {}
    at, end = 0, len(packed)
    while at < end:
        code = packed[at]
        at += 1
        name = _NAME_OF.get(code & ~_EMPTY_FLAG)
        if name is None:
            length = packed[at]
            name = packed[at + 1 : at + 1 + length].decode()
            at += 1 + length
        if code & _EMPTY_FLAG:
            held[name] = EMPTY
        else:
            held[name] = packed[at : at + DIGEST_BYTES]
            at += DIGEST_BYTES
    return held

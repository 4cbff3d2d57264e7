"""FastCGI that no web server sends, and behind which nobody could go on."""

import random
import struct

from rig import fastcgi
from rig.fastcgi import begin, pair, record

PARAMS_END = record(fastcgi.PARAMS)
BODY_END = record(fastcgi.STDIN)
A = pair("A", "b")


def block(content: bytes) -> bytes:
    """A request with these bytes as its parameters, up to their end and no further."""
    return begin() + record(fastcgi.PARAMS, content) + PARAMS_END


def four(number: int) -> bytes:
    """A length of four bytes, whatever it is."""
    return struct.pack(">I", number | 0x80000000)


HUGE = (0x7FFFFFFF, 0x7FFFFFFE, 0x7FFFFFF0, 0x7FFFFFF7, 0x40000000, 70_000)
# Behind these nobody could know where the next record begins, or what the current request is: the connection is closed.
MALFORMED = {
    **{f"name length {size:#x}": block(four(size) + b"\x01x") for size in HUGE},
    **{f"value length {size:#x}": block(b"\x01" + four(size) + b"x") for size in HUGE},
    **{f"both lengths {size:#x}": block(four(size) * 2 + b"x") for size in HUGE},
    # Their sum is 0 where 32 bits hold it.
    "lengths that wrap": block(four(0x7FFFFFFF) + four(0x00000001) + b"x"),
    "lengths beyond the end": block(b"\x10\x10short"),
    "a length beyond the end, behind a good pair": block(A + b"\x01\x02x"),
    "half a length": block(b"\x80\x00"),
    "a name length and nothing": block(A + b"\x01"),
    "lengths of two records that do not add up": begin() + record(fastcgi.PARAMS, A)
    + record(fastcgi.PARAMS, b"\x05\x05x") + PARAMS_END,
    "a NUL in a value": block(pair("A", b"b\0c")) + BODY_END,
    "a NUL in a name": block(pair(b"A\0B", "c")) + BODY_END,
    "values with lengths beyond the end": record(fastcgi.GET_VALUES, b"\x10\x00FCGI", 0),
    "values with a huge length": record(fastcgi.GET_VALUES, four(0x7FFFFFFF) + b"\x00F", 0),
    "values of a request": begin() + record(fastcgi.GET_VALUES, pair("FCGI_MPXS_CONNS", "")),
    "version 0": record(fastcgi.BEGIN, b"\0\1\1\0\0\0\0\0", version=0),
    "version 2": record(fastcgi.BEGIN, b"\0\1\1\0\0\0\0\0", version=2),
    "version 2 in the middle": begin() + record(fastcgi.PARAMS, A, version=2),
    "short begin": record(fastcgi.BEGIN, b"\0\1"),
    "empty begin": record(fastcgi.BEGIN),
    "long begin": record(fastcgi.BEGIN, b"\0\1\1" + b"\0" * 100),
    "begin of request 0": begin(request=0),
    "begin twice": begin() + begin(),
    "begin twice, in the body": block(A) + begin(),
    "body before the parameters": begin() + record(fastcgi.STDIN, b"x"),
    "parameters behind their end": block(A) + record(fastcgi.PARAMS, A),
    "end from the wrong side": begin() + record(fastcgi.END, b"\0" * 8),
    "output from the wrong side": begin() + record(fastcgi.STDOUT, b"x"),
    "errors from the wrong side": block(A) + record(fastcgi.STDERR, b"x"),
    "data of a role that is not served": begin() + record(fastcgi.DATA, b"x"),
    "result from the wrong side": begin() + record(fastcgi.GET_VALUES_RESULT, A),
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "tls": bytes.fromhex("16030100") + bytes(200),
    "zeros": b"\0" * 4096,
    "noise": b"\x80" + random.Random(9).randbytes(4096),
}  # fmt: skip


def mutated(chance: random.Random, sample: bytes) -> bytes:
    """Broken in up to six places."""
    data = bytearray(sample)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data))
        match chance.randrange(6):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                data[place] ^= 1 << chance.randrange(8)
            case 2:
                del data[place : place + chance.randint(1, 16)]
            case 3:
                data[place:place] = chance.randbytes(chance.randint(1, 16))
            case 4:
                data[place:place] = struct.pack(
                    ">I", chance.choice([0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0xFFFFFFFE, 0])
                )
            case 5:
                data[place:place] = data[chance.randrange(len(data)) :][:64]
        if not data:
            data = bytearray(b"\1")
    return bytes(data)

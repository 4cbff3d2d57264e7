"""A person's authenticator app: the codes of pyotp, each of them once, and without waiting for the next half minute."""

import time
import typing

import pyotp

PERIOD = 30


class AuthenticatorApp:
    """Postern takes the codes of three steps, the present one and its neighbours, and after one of them only later
    ones. So an app hands out two codes at once, mostly three: a test that needs no more never waits."""

    def __init__(self, address: str, clock: typing.Callable[[], float] = time.time) -> None:
        """`address`: that of the QR code, or the secret alone. `clock`: Postern's, where it is not this machine's."""
        self.totp = pyotp.parse_uri(address) if "://" in address else pyotp.TOTP(address)
        self.clock = clock
        self.last = -1

    @property
    def step(self) -> int:
        """The present one."""
        return int(self.clock()) // PERIOD

    def at(self, step: int) -> str:
        return self.totp.generate_otp(step)

    def code(self) -> str:
        """One that Postern takes if it has taken those before, and none after them."""
        # That of the last step would run out on its way, late in the present one.
        earliest = int(self.clock() - 20) // PERIOD
        step = max(earliest, self.last + 1)
        while step > self.step + 1:
            time.sleep(0.1)
        self.last = step
        return self.at(step)

    def wrong_code(self) -> str:
        """Six digits that are the code of no step near the present one."""
        near = {self.at(self.step + offset) for offset in range(-3, 4)}
        return next(text for text in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
                    if text not in near)

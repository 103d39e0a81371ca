"""Reads bits from the headers of coded pictures, most significant first. Pure."""

from __future__ import annotations

from recorder.errors import MalformedMedia


class Bits:
    """A cursor over bytes; running off the end is ``MalformedMedia``."""

    def __init__(self, data: bytes, what: str) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8
        self._what = what

    def read(self, count: int) -> int:
        """The next bits as a number."""
        if count > self._left:
            raise MalformedMedia(f"{self._what} is cut off")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def unsigned(self) -> int:
        """ue(v) of H.264 (9.1), which is uvlc() of AV1 (4.10.3)."""
        zeros = 0
        while self.read(1) == 0:
            zeros += 1
            if zeros > 31:
                raise MalformedMedia(f"{self._what} has an impossible number")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed(self) -> int:
        """se(v) of H.264 (9.1.1)."""
        value = self.unsigned()
        return (value + 1) // 2 if value & 1 else -(value // 2)

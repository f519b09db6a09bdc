"""What ARM answers when it refuses, in the words that azure-native shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from bodo_infra.errors import BodoInfraError, NotFoundError


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """``path``: the input that is to blame.  ``status``: of HTTP.  ``code``, ``message``: in ARM's words."""

    path: str
    status: int
    code: str
    message: str

    def __str__(self) -> str:
        return f'Status={self.status} Code="{self.code}" Message="{self.message}"'


class ArmError(BodoInfraError):
    """ARM refuses a request; nothing was done."""

    def __init__(self, refusal: Refusal, fix: str = "Correct the program, then run it again") -> None:
        super().__init__(f"{refusal.path}: {refusal}" if refusal.path else str(refusal), fix)
        self.code = refusal.code


class ArmNotFoundError(ArmError, NotFoundError):
    """What was asked for is not there."""


def bad(path: str, code: str, message: str) -> Refusal:
    """A request that makes no sense."""
    return Refusal(path=path, status=400, code=code, message=message)


def conflict(path: str, code: str, message: str) -> Refusal:
    """A request that does not go with what is there."""
    return Refusal(path=path, status=409, code=code, message=message)


def missing(path: str, code: str, message: str) -> Refusal:
    """Something that has to be there is not."""
    return Refusal(path=path, status=404, code=code, message=message)


def refuse(refusals: Iterable[Refusal]) -> None:
    """Raise the first of them, as ARM tells one at a time."""
    for refusal in refusals:
        raise ArmNotFoundError(refusal) if refusal.status == 404 else ArmError(refusal)

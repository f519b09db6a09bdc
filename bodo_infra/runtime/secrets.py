"""Secrets of a job: references become values on the machine that needs them, at the moment of need.

A driver may hand values over for one job, in a file that only this user can read. Values are never logged.
"""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from bodo_infra.errors import HostError
from bodo_infra.runtime.whole_file import write_whole


def hand_over(path: Path, values: Mapping[str, str]) -> None:
    """Write ``{reference: value}`` for the job's runner: whole, and readable by this user alone from the start."""
    write_whole(path, json.dumps(dict(values)).encode(), mode=0o600)


def resolve(reference: str, handed_over: Path | None, environment: Mapping[str, str]) -> str:
    """The value behind a reference: as handed over for this job, else from this machine. Raises HostError.

    ``environment``: where ``env:NAME`` is looked up.
    """
    given = _read_handed_over(handed_over) if handed_over else {}
    if reference in given:
        return given[reference]
    source, _, place = reference.partition(":")
    if source == "env":
        return _from_environment(place, environment)
    if source == "file":
        return _from_file(place)
    raise HostError(
        f"secret {reference}: this machine can look up env:NAME and file:PATH only",
        "Use one of these on the local target",
    )


def _read_handed_over(path: Path) -> dict[str, str]:
    try:
        with path.open() as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise HostError(
                    f"{path} can be read by other users (mode {mode:04o}): it holds secrets and is not used",
                    f"chmod 600 {path}, change the secrets, then run the job again",
                )
            values: dict[str, str] = json.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise HostError(f"{path}, the job's secrets, cannot be read", "Run the job again") from error
    return values


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise HostError(
            f"secret env:{name}: the variable {name} is not set where the job was submitted, nor on the cluster",
            f"export {name}=..., then run the job again",
        )
    return value


def _from_file(place: str) -> str:
    try:
        value = Path(place).expanduser().read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError, RuntimeError) as error:  # RuntimeError: ~NAME of nobody
        why = error.strerror if isinstance(error, OSError) else "not text"
        why = "there is no such user" if isinstance(error, RuntimeError) else why
        raise HostError(f"secret file:{place}: cannot be read ({why})", "Check the path and its rights") from error
    if not value:
        raise HostError(f"secret file:{place}: the file is empty", "Write the secret into it")
    return value

"""Refusing what is known only when other things are there: nobody can catch an error of that time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pulumi

from bodo_infra.errors import InputError, Problem, raise_problems


def refuse(problems: Iterable[Problem]) -> None:
    """Raises RunError with every problem; the engine shows its text, and of any other error the way that it took."""
    with refusing():
        raise_problems(problems)


@contextmanager
def refusing() -> Iterator[None]:
    """Makes RunError of an InputError that is raised within."""
    try:
        yield
    except InputError as error:
        raise pulumi.RunError(str(error)) from None

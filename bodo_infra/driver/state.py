"""The state of a project's stacks as a whole: where it is, and how it moves to another place.

A move copies every state, compares the copies with the originals, lets Pulumi.yaml name the new place, and marks what
was left behind. Up to the change of Pulumi.yaml nothing but copies has been made, and that change is one step; what
breaks at any moment goes on when the move is said again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from bodo_infra.driver.backend import (
    BACKEND_VARIABLE,
    COPY_OF,
    MOVED_TO,
    OWN_URL,
    Backend,
    backend_at,
    check_url,
    moving,
)
from bodo_infra.driver.checkpoints import UNFINISHED, Checkpoints, Mark
from bodo_infra.driver.operations import locked_error
from bodo_infra.driver.parallel import run_graph
from bodo_infra.driver.salt import without_new_salt
from bodo_infra.driver.stacks import Stacks, first_failure, moved_error
from bodo_infra.driver.state_homes import HOMES, deletes_home, home_url
from bodo_infra.errors import BodoInfraError, InputError, NotFoundError, StackError, TransitionError
from bodo_infra.project.project import PROJECT_FILE, write_backend_url
from bodo_infra.project.stack_file import stack_path

T = TypeVar("T")
Say = Callable[[str], None]
"""Told what has been done, in lines for people."""
Step = Literal["make", "keep", "replace", "remove"]
Content = Mapping[str, Any]

LOCAL = "local"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the state is. ``stacks``: number of resources by stack."""

    backend: Backend
    stacks: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Stable keys: url, chosen_by, folder, bucket, container, stacks."""
        folder = self.backend.folder
        return {
            "url": self.backend.url,
            "chosen_by": self.backend.origin,
            "folder": str(folder) if folder else None,
            "bucket": self.backend.bucket,
            "container": "/".join(self.backend.container) if self.backend.container else None,
            "stacks": dict(self.stacks),
        }


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a move did. ``stacks``: those that are in ``new`` now; none when they were there already.

    ``old``: the place where the states of before still are, marked as old.
    """

    old: Backend
    new: Backend
    stacks: tuple[str, ...]


class State:
    """The state of all stacks of one project."""

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._project = stacks.project

    def show(self) -> Place:
        """Where the state is. Raises StackError when that place cannot be read."""
        return Place(backend=self._stacks.backend, stacks=self._at(self._stacks.backend).sizes())

    def move(self, to: str, say: Say) -> Moved:
        """Move the state to ``to``: a cloud-config, whose bucket or container takes it; a place's URL; or ``local``.

        Raises InputError for no such place; LockedError when somebody works on a stack; StackError when a state there
        is another than here, or a place cannot be read or written. Whatever is raised, the state is where it was.
        """
        self._require_movable()
        old = self._stacks.backend
        with moving(self._project, old):
            url = self._url_of(to)
            new = backend_at(url, self._project.root)
            here, there = self._at(old), self._at(new)
            names = sorted(here.sizes())
            self._finish_earlier(here, names, say)
            if old.is_same_place(new):
                return Moved(old=old, new=new, stacks=())
            steps = self._plan(here, there, names)
            self._each(names, lambda name: self._copy(here, there, name, steps[name]))
            self._require_equal(here, there, names)
            leavings = [name for name, step in steps.items() if step == "remove"]
            self._each(leavings, there.remove)
            write_backend_url(self._project.root, url)
            say(f"{PROJECT_FILE} names {new.url}")
            self._mark(here, there, names, say)
            return Moved(old=old, new=new, stacks=tuple(names))

    def require_kept(self, names: Iterable[str]) -> None:
        """Raise TransitionError when to destroy or replace these would delete the bucket or container that it is in."""
        backend = self._stacks.backend
        if backend.bucket is None and backend.container is None:
            return
        known = self._at(backend)
        homes = sorted(set(names) & set(self._project.names_of_kind("cloud-config")))
        sizes = known.sizes() if homes else {}
        for name in homes:
            target = self._project.target_of(name)
            if target is None or target not in HOMES or not sizes.get(name):
                continue
            if deletes_home(target, known.content(name), backend):
                what = HOMES[target].what
                raise TransitionError(
                    f"the {what} of stack {name!r} would be deleted, and it holds the state of all stacks",
                    f"Say `bodo-infra state move {LOCAL}` first. Or take `delete_data` out and bring the stack up",
                )

    def _require_movable(self) -> None:
        origin = self._stacks.backend.origin
        if origin == "rehearsal":
            raise InputError("the state of a rehearsal stays in the project", "Leave --offline out")
        if origin == BACKEND_VARIABLE:
            raise InputError(
                f"{BACKEND_VARIABLE} says where the state is, and what {PROJECT_FILE} says would not count",
                f"Unset it, let {PROJECT_FILE} name that place, and say it again",
            )

    def _url_of(self, to: str) -> str:
        if to == LOCAL:
            return OWN_URL
        if "://" in to:
            check_url(to)
            return to
        target = self._project.target_of(to) if self._project.stack(to).kind == "cloud-config" else None
        if target is None or target not in HOMES:
            raise InputError(
                f"stack {to!r} has no bucket for the state: it is no cloud-config on AWS or Azure",
                f"Name such a stack that is up, a URL (s3://BUCKET/state?region=REGION), or {LOCAL}",
            )
        try:
            outputs = self._at(self._stacks.backend).outputs(to)
        except NotFoundError:
            outputs = {}
        url = home_url(target, outputs)
        if url is None:
            what = HOMES[target].what
            raise TransitionError(f"stack {to!r} is not up: it has no {what} yet", f"Say `bodo-infra up {to}` first")
        return url

    def _finish_earlier(self, here: Checkpoints, names: list[str], say: Say) -> None:
        """Do what is left of a move that broke after Pulumi.yaml was changed; refuse states that were left behind."""
        marks = self._each(names, here.mark)
        for name, mark in marks.items():
            if mark and mark.tag == MOVED_TO:
                raise moved_error(name, here.backend, mark.url)
        copies = {name: mark.url for name, mark in marks.items() if mark}
        for url in sorted(set(copies.values())):
            of_there = [name for name, origin in copies.items() if origin == url]
            self._mark(self._at(backend_at(url, self._project.root)), here, of_there, say)

    def _plan(self, here: Checkpoints, there: Checkpoints, names: list[str]) -> dict[str, Step]:
        """What is to be done with every stack there. Raises before anything is done."""
        known = there.sizes()
        contents = self._each(names, lambda name: self._movable_content(here, name))
        steps: dict[str, Step] = dict.fromkeys(names, "make")

        def judge_one(name: str) -> Step | None:
            return judge(
                here=contents.get(name),
                there=there.content(name),
                mark=(mark := there.mark(name)),
                returns=mark is not None and here.backend.is_same_place(backend_at(mark.url, self._project.root)),
                fingerprint=there.fingerprint(name),
            )

        judged = self._each(sorted(known), judge_one)
        others = [name for name, step in judged.items() if step is None]
        if others:
            raise StackError(
                f"{there.backend.url} holds other states of stacks of project {self._project.name!r}: "
                f"{', '.join(others)}",
                "Choose another place: another project of that name may be at work there. If they are of no worth: "
                + "; ".join(removal(there.backend, name) for name in others),
            )
        return steps | {name: step for name, step in judged.items() if step}

    def _movable_content(self, here: Checkpoints, name: str) -> Content:
        holders = here.holders(name)
        if holders:
            raise locked_error(name, holders)
        content = here.content(name)
        if content.get("pending_operations"):
            raise StackError(
                f"stack {name!r}: an operation on it was broken off, and what was in flight is in its state",
                f"Say `bodo-infra unlock {name}`, which clears it up, then move",
            )
        return content

    def _copy(self, here: Checkpoints, there: Checkpoints, name: str, step: Step) -> None:
        if step == "keep":
            return
        with without_new_salt(stack_path(self._project.stack_dir, name)):
            there.create(name)
            there.set_mark(name, COPY_OF, here.backend, unfinished=True)
            there.remove_mark(name, MOVED_TO)
            there.write(name, here.export(name))
            there.set_mark(name, COPY_OF, here.backend)

    def _require_equal(self, here: Checkpoints, there: Checkpoints, names: list[str]) -> None:
        """The copies are whole, and nobody has changed anything while they were made."""

        def is_equal(name: str) -> bool:
            return there.content(name) == self._movable_content(here, name)

        equal = self._each(names, is_equal)
        changed = [name for name in sorted(set(names) ^ set(here.sizes()) | set(names)) if not equal.get(name)]
        if changed:
            raise StackError(
                f"changed while their states were copied: {', '.join(changed)}; the state is where it was",
                "Say it again when nobody works on them",
            )

    def _mark(self, old: Checkpoints, new: Checkpoints, names: list[str], say: Say) -> None:
        """Mark the states that were left behind, and those that are worked on from now on.

        The move is done by now: what cannot be marked is told, and no failure.
        """

        def mark_one(name: str) -> None:
            try:
                old.set_mark(name, MOVED_TO, new.backend)
            except BodoInfraError as error:
                say(f"{name}: its old state is not marked as such: {error.message.splitlines()[0]}")
            new.remove_mark(name, COPY_OF)
            say(f"{name}: moved")

        self._each(names, mark_one)

    def _at(self, backend: Backend) -> Checkpoints:
        return Checkpoints(self._stacks.engine, self._project.name, backend)

    def _each(self, names: Iterable[str], task: Callable[[str], T]) -> dict[str, T]:
        """The task's results for all names, several at once."""
        needs: dict[str, set[str]] = {name: set() for name in names}
        outcome = run_graph(needs, task, on_interrupt=self._stacks.interrupt)
        if outcome.failures:
            raise first_failure(outcome.failures, ())
        return {name: outcome.results[name] for name in needs}


def judge(*, here: Content | None, there: Content, mark: Mark | None, returns: bool, fingerprint: str) -> Step | None:
    """What to do with a state that is in the target already; None when it is somebody else's and must stay.

    ``here``: the state to be moved; None when there is no such stack.  ``mark``: on the one there.
    ``returns``: whether it names the place of the state to be moved.  ``fingerprint``: of the state there as it is now.
    """
    whole_copy = mark is None or (mark.tag == COPY_OF and returns and mark.fingerprint == fingerprint)
    if here is not None and here == there and whole_copy:
        return "keep"
    left_by_us = mark is not None and returns and mark.fingerprint in (UNFINISHED, fingerprint)
    if not left_by_us and there:
        return None
    return "remove" if here is None else "replace"


def removal(backend: Backend, name: str) -> str:
    """The command that removes one state from a place for good, for people who are sure."""
    return f"{BACKEND_VARIABLE}='{backend.url}' pulumi stack rm {name} --force --preserve-config"

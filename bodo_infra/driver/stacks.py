"""Stacks of a project, in order: up from the bottom, destroy from the top, side by side where nothing forbids it."""

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from bodo_infra.driver.backend import BACKEND_FOLDER, BACKEND_VARIABLE, MOVED_TO, Backend, choose_backend, working
from bodo_infra.driver.engine import require_engine
from bodo_infra.driver.locks import LockHolder, Unlocked, in_the_making
from bodo_infra.driver.operations import Report, locked_error, probe_lock, readable_errors, run_verb
from bodo_infra.driver.parallel import run_graph
from bodo_infra.driver.passphrase import PASSPHRASE_FILE, passphrase_file
from bodo_infra.driver.rehearsal import Rehearsal
from bodo_infra.driver.results import StackResult, StackState, StackStatus, Verb
from bodo_infra.driver.salt import without_new_salt
from bodo_infra.driver.state_text import StateText
from bodo_infra.errors import BodoInfraError, InputError, StackError, TransitionError
from bodo_infra.project.project import PROJECT_FILE, Project
from bodo_infra.project.stack_file import stack_path

if TYPE_CHECKING:
    from pulumi.automation import LocalWorkspace, StackSummary

    from bodo_infra.driver.lean_stack import LeanStack
    from bodo_infra.driver.pulumi_command import InterruptibleCommand


class Stacks:
    """Operations on the stacks of one project. Needs the engine from the first operation on.

    ``rehearsal``: where nothing is to be made in any cloud.
    """

    def __init__(self, project: Project, rehearsal: Rehearsal | None = None) -> None:
        self.project = project
        self._rehearsal = rehearsal

    def up(self, names: Iterable[str], report: Report, *, refresh: Iterable[str] = ()) -> list[StackResult]:
        """Bring up the stacks and all that they use. ``refresh``: those whose real things are looked at first."""
        return self._run_in_order(Verb.UP, self._with_needs(names), report, refresh=frozenset(refresh))

    def up_alone(self, name: str, report: Report, *, keep_going: bool = False) -> StackResult:
        """Bring up one stack, when all that it uses is known to be up: nobody who works on that stands in the way.

        ``keep_going``: after a failure make what does not depend on it; the operation fails all the same.
        """
        return self._run_in_order(Verb.UP, {name: set()}, report, keep_going=keep_going)[0]

    def preview(self, names: Iterable[str], report: Report) -> list[StackResult]:
        """Say what ``up`` would do; changes nothing."""
        return self._run_in_order(Verb.PREVIEW, self._with_needs(names), report)

    def refresh(self, names: Iterable[str], report: Report) -> list[StackResult]:
        """Look at the real things and note what is there; the next ``up`` repairs. Stacks never up are passed over."""
        known = {summary.name for summary in self._summaries()}
        wanted = set(names) & known
        needs = {name: needed & wanted for name, needed in self._with_needs(wanted).items() if name in wanted}
        return self._run_in_order(Verb.REFRESH, needs, report)

    def destroy(self, names: Iterable[str], report: Report) -> list[StackResult]:
        """Destroy the stacks and all that stand on them, from the top; stacks without resources are passed over."""
        known = {summary.name for summary in self._summaries() if summary.resource_count}
        wanted = {name for name in self.project.with_dependents(names) if name in known}
        self._require_files(known, wanted)
        needs = {name: self.project.dependents(name) & wanted for name in sorted(wanted)}
        return self._run_in_order(Verb.DESTROY, needs, report)

    def _require_files(self, known: Iterable[str], wanted: Iterable[str]) -> None:
        """Raise TransitionError when a stack that is up stands on one of these, and its file is gone."""
        for name in sorted(self._without_file(known)):
            below = set(wanted) & set((StateText.read(self.state(name)).uses or {}).values())
            if below:
                raise TransitionError(
                    f"stack {name!r} is up on {', '.join(sorted(below))}, and its stack file is gone",
                    f"Put {stack_path(self.project.stack_dir, name).name} back; then it goes with the others",
                )

    def _without_file(self, known: Iterable[str]) -> set[str]:
        return set(known) - set(self.project.stacks) - set(self.project.broken)

    def forget(self, name: str) -> None:
        """Remove an empty stack and its history from the backend, if it knows the stack; its stack file stays."""
        from pulumi.automation.errors import StackNotFoundError

        # Unknown: its `up` was refused, or killed before it began, or somebody else was faster.
        with self._settled(), readable_errors(name, "remove"), contextlib.suppress(StackNotFoundError):
            self._workspace().remove_stack(name, preserve_config=True)

    def unlock(self, name: str, *, force: bool = False) -> Unlocked:
        """Free a stack whose holder is gone and clear up after it.

        Raises LockedError when the holder still runs on this machine, unless ``force``.
        """
        self.project.stack(name)
        if name not in {summary.name for summary in self._summaries()}:
            return Unlocked(holders=(), perhaps_made=())
        holders = self.holders(name)
        living = [holder for holder in holders if holder.lives_here()]
        if living and not force:
            raise locked_error(name, living)
        with self._settled(), readable_errors(name, "unlock"):
            stack = self._stack(name)
            stack.cancel()
            pending = (stack.export_stack().deployment or {}).get("pending_operations") or []
            if pending:
                # What was in flight is unknown to the state. The machine plugin's creates adopt what they find: there
                # forgetting is safe. A cloud makes most things once more.
                stack.refresh(clear_pending_creates=True)
        adopts = self.project.target_of(name) == "local"
        return Unlocked(holders=tuple(holders), perhaps_made=() if adopts else in_the_making(pending))

    def holders(self, name: str) -> list[LockHolder]:
        """Who holds a stack that the backend knows. Where locks are no files the engine is asked, which takes its time.

        Asking takes the lock for a moment: whoever begins an operation just then is told that the stack is locked.
        """
        if self.backend.folder is not None:
            return self.backend.locks(self.project.name, name)
        with readable_errors(name, "unlock"):
            return probe_lock(lambda: self.engine("stack", "rename", "--stack", name, name))

    def engine(self, *arguments: str, backend: Backend | None = None, given: str | None = None) -> str:
        """Run `pulumi` in the project and return what it printed. ``backend``: another one than the project's.

        ``given``: its standard input. Raises the SDK's errors: see ``readable_errors``.
        """
        environment = dict(self._environment)
        if backend is not None:
            environment[BACKEND_VARIABLE] = backend.url
        return self._command.run(list(arguments), str(self.project.root), environment, given=given).stdout

    def state(self, name: str) -> str | None:
        """The state of a stack as JSON, its secrets encrypted; None when the backend does not know the stack."""
        if self.backend.folder is not None:
            # A file is read much faster than the engine starts, and this is asked of every stack before each `up`.
            path = self.backend.folder / ".pulumi" / "stacks" / self.project.name / f"{name}.json"
            with contextlib.suppress(FileNotFoundError):
                return path.read_text(encoding="utf-8")
            return None
        if name not in {summary.name for summary in self._summaries()}:
            return None
        with readable_errors(name, "read the state"):
            return self.engine("stack", "export", "--stack", name)

    def interrupt(self) -> None:
        """Let the engine end in order what it does, and begin nothing new."""
        self._command.interrupt()

    @cached_property
    def backend(self) -> Backend:
        """Where the state of the stacks is."""
        if self._rehearsal is not None:
            folder = self._rehearsal.backend
            return Backend(url=f"file://{folder}", folder=folder, origin="rehearsal")
        return choose_backend(self.project)

    def status(self) -> list[StackStatus]:
        """Every stack file, bottom first, and what Pulumi knows of it; then what is up though its file is gone."""
        known = {summary.name: summary for summary in self._summaries()}
        order = [name for level in self.project.order(self.project.stacks) for name in level]
        broken = [_broken_status(name, error) for name, error in sorted(self.project.broken.items())]
        up = {name for name, summary in known.items() if summary.resource_count}
        left = [self._status_without_file(known[name]) for name in sorted(self._without_file(up))]
        return [self._status(name, known.get(name)) for name in order] + broken + left

    def _status_without_file(self, summary: "StackSummary") -> StackStatus:
        exports = StateText.read(self.state(summary.name)).exports
        return StackStatus(
            name=summary.name,
            kind=str(exports.get("kind") or ""),
            uses=exports.get("uses") or {},
            target=exports.get("target"),
            state=StackState.UP,
            resources=summary.resource_count or 0,
            updated_at=_parse_moment(summary.last_update),
            note="its stack file is gone: put it back to change or destroy it",
        )

    def _status(self, name: str, summary: "StackSummary | None") -> StackStatus:
        file = self.project.stack(name)
        resources = (summary.resource_count or 0) if summary else 0
        holders = self.backend.locks(self.project.name, name) if summary else []
        moved_to = self.backend.moved_to(self.project.name, name)
        updated = _parse_moment(summary.last_update) if summary else None
        if holders:
            state = StackState.LOCKED
        elif resources:
            failed = self.backend.last_failed(self.project.name, name)
            state = StackState.UNFINISHED if failed else StackState.UP
        else:
            state = StackState.DESTROYED if updated else StackState.NOT_UP
        return StackStatus(
            name=name,
            kind=file.kind,
            uses=file.uses,
            target=self.project.target_of(name),
            state=state,
            resources=resources,
            updated_at=updated,
            note="; ".join(map(str, holders))
            or (f"this is an old state; it has moved to {moved_to}" if moved_to else ""),
        )

    def _with_needs(self, names: Iterable[str]) -> Mapping[str, set[str]]:
        ordered = [name for level in self.project.order(names) for name in level]
        return {name: set(self.project.stack(name).uses.values()) for name in ordered}

    def _run_in_order(
        self,
        verb: Verb,
        needs: Mapping[str, set[str]],
        report: Report,
        *,
        refresh: frozenset[str] = frozenset(),
        keep_going: bool = False,
    ) -> list[StackResult]:
        if not needs:
            return []
        outcome = run_graph(
            needs,
            lambda name: self._run(name, verb, report, refresh=name in refresh, keep_going=keep_going),
            on_interrupt=self._command.interrupt,
        )
        if outcome.failures:
            raise first_failure(outcome.failures, outcome.not_started)
        return list(outcome.results.values())

    def _run(self, name: str, verb: Verb, report: Report, *, refresh: bool, keep_going: bool) -> StackResult:
        file = self.project.stack(name)
        # A role that could not be completed is to say so to the clusters that name it: status Failed and the reason.
        keep_going = keep_going or file.kind == "instance-role"
        with self._settled(name), without_new_salt(file.path):
            return run_verb(self._stack(name), verb, report, refresh=refresh, keep_going=keep_going)

    @contextlib.contextmanager
    def _settled(self, name: str | None = None) -> Iterator[None]:
        """The state stays where it is meanwhile, and is not one that was left behind."""
        if self._rehearsal is not None:
            yield
            return
        with working(self.project, self.backend):
            moved_to = self.backend.moved_to(self.project.name, name) if name else None
            if moved_to:
                raise moved_error(name or "", self.backend, moved_to)
            yield

    @cached_property
    def _command(self) -> "InterruptibleCommand":
        from bodo_infra.driver.pulumi_command import InterruptibleCommand

        return InterruptibleCommand(require_engine())

    @cached_property
    def _environment(self) -> dict[str, str]:
        environment = {"BODO_INFRA_PYTHON": sys.executable, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        passphrase = passphrase_file()
        if passphrase is not None:
            environment[PASSPHRASE_FILE] = str(passphrase)
        if self._rehearsal is not None:
            environment |= self._rehearsal.prepare()
        if self.backend.folder == self.project.root / BACKEND_FOLDER:
            self.backend.folder.mkdir(mode=0o700, exist_ok=True)
        if self.backend.origin != BACKEND_VARIABLE:  # else the engine reads it itself
            environment[BACKEND_VARIABLE] = self.backend.url
        return environment

    def _workspace(self) -> "LocalWorkspace":
        from pulumi.automation import LocalWorkspace

        return LocalWorkspace(
            work_dir=str(self.project.root), pulumi_command=self._command, env_vars=dict(self._environment)
        )

    def _summaries(self) -> "list[StackSummary]":
        with readable_errors("all of the project", "status"):
            return self._workspace().list_stacks()

    def _stack(self, name: str) -> "LeanStack":
        from bodo_infra.driver.lean_stack import LeanStack

        return LeanStack(name, self._workspace())


def _broken_status(name: str, error: InputError) -> StackStatus:
    note = error.message.splitlines()[0]
    return StackStatus(
        name=name,
        kind="-",
        uses={},
        target=None,
        state=StackState.BROKEN_FILE,
        resources=0,
        updated_at=None,
        note=note,
    )


def moved_error(name: str, backend: Backend, moved_to: str) -> StackError:
    """The error that keeps people from working on a state that was left behind."""
    return StackError(
        f"the state of stack {name!r} in {backend.url} is an old one: it has moved to {moved_to}",
        f"Write `url: {moved_to}` below `backend` in {PROJECT_FILE}, or get that file from whoever moved the state. To "
        f"work on the old one all the same: `pulumi stack tag rm {MOVED_TO} --stack {name}`",
    )


def first_failure(failures: Mapping[str, BaseException], not_started: tuple[str, ...]) -> BaseException:
    """One error that says all that went wrong side by side."""
    ours = [error for error in failures.values() if isinstance(error, BodoInfraError)]
    if len(ours) < len(failures):
        return next(error for error in failures.values() if not isinstance(error, BodoInfraError))
    left = f"Not started because of that: {', '.join(not_started)}. " if not_started else ""
    kind = type(ours[0]) if len(ours) == 1 else StackError
    return kind("\n".join(error.message for error in ours), left + ours[0].fix)


def _parse_moment(text: object) -> datetime | None:
    if isinstance(text, datetime):
        return text if text.tzinfo else text.replace(tzinfo=UTC)  # the SDK drops the zone, which is UTC
    with contextlib.suppress(ValueError, TypeError):
        return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return None

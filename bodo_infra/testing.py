"""For tests of Pulumi programs: an account of AWS and Azure that needs no account, under the real engine.

    from bodo_infra.testing import OfflineAccount

    def test_my_program(tmp_path):
        with OfflineAccount(tmp_path) as account:      # or the fixture `offline_account` of pytest
            stack = account.stack("infra", {"aws:region": "us-east-2"})
            stack.up()

            bucket, = account.resources("aws:s3/bucket:Bucket")
            assert bucket.inputs["tags"]["team"] == "data"
            assert [may.principal for may in account.who_can("s3:PutObject", bucket)] == [...]

            account.drift(bucket, tags={})          # somebody has changed it by hand
            account.fault(FaultKind.THROTTLED, type="aws:s3/bucket:Bucket", verb="update")
            stack.refresh()

``infra`` may hold any program that uses plain ``pulumi_aws``, ``pulumi_azure_native`` and ``pulumi_random``. What is
proven is what the program asks for, in which order, and what becomes of it; not that AWS or Azure would have it.
"""

import os
import tempfile
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING

from bodo_infra.driver.engine import find_engine
from bodo_infra.driver.own_programs import Programs
from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account import rights
from bodo_infra.plugin.account.faults import Fault, FaultKind
from bodo_infra.plugin.account.home import offline_environ, prepare_home
from bodo_infra.plugin.account.iam.questions import Answer
from bodo_infra.plugin.account.rbac import rights as azure_rights
from bodo_infra.plugin.account.rbac.rights import assigning, listing, unassigning
from bodo_infra.plugin.account.store import AccountStore, Asked, Row, Verb

__all__ = [
    "Answer",
    "Asked",
    "Fault",
    "FaultKind",
    "OfflineAccount",
    "Row",
    "assigning",
    "listing",
    "unassigning",
]

if TYPE_CHECKING:
    from pulumi import automation

NOTHING: Mapping[str, str] = MappingProxyType({})

Context = Mapping[str, str | tuple[str, ...] | None]
"""What a request carries that policies and conditions may ask for; None: surely nothing."""


class OfflineAccount:
    """An account of its own, with a Pulumi home and a state of its own, all below ``folder``.

    ``folder``: None makes one that goes away in the end.  ``environ``: variables for the engine and its program, to lay
    over those of the process; they name the engine on PATH where one was found, and no credentials of a cloud.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._scratch = None if folder else tempfile.TemporaryDirectory(prefix="offline-account-")
        self.folder = folder or Path(self._scratch.name if self._scratch else "")
        self.path = self.folder / "account.db"
        self._store = AccountStore(self.path)
        home, state = self.folder / "pulumi-home", self.folder / "pulumi-state"
        state.mkdir(parents=True, exist_ok=True)
        prepare_home(home, self.path)
        engine = find_engine()
        path = os.environ.get("PATH", "")
        self.environ = {
            **offline_environ(home),
            "PULUMI_BACKEND_URL": f"file://{state.absolute()}",
            "PULUMI_CONFIG_PASSPHRASE": "offline",
            "PATH": f"{engine.path.parent}{os.pathsep}{path}" if engine else path,
        }
        self._programs = Programs(self.environ)
        self._stack_name = f"test-{uuid.uuid4().hex[:8]}"  # tests may run at once in one folder

    def __enter__(self) -> "OfflineAccount":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the account, and remove its folder when it was its own. Programs' folders are as they were."""
        self._programs.close()
        self._store.close()
        if self._scratch:
            self._scratch.cleanup()

    def stack(
        self, work_dir: Path | str, config: Mapping[str, str] = NOTHING, *, name: str | None = None
    ) -> "automation.Stack":
        """A stack of the program in ``work_dir``, to bring up, refresh and destroy; made at the first call.

        ``config``: settings, such as ``{"aws:region": "us-east-2"}``, laid over those it has.  ``name``: None is one of
        this account's own; two tests at once on one folder need two. The program runs with this very interpreter.
        """
        return self._programs.stack(Path(work_dir), name or self._stack_name, config)

    def resources(self, type: str | None = None) -> tuple[Row, ...]:
        """What exists now, of all types or of one; ``aws:s3/bucket:Bucket``."""
        return tuple(self._store.of_type(type) if type else self._store.all())

    def resource(self, name: str, type: str | None = None) -> Row:
        """The one that the program calls by this name. Raises NotFoundError when there is none, or more than one."""
        found = [row for row in self.resources(type) if row.urn.rpartition("::")[2] == name]
        if len(found) != 1:
            raise NotFoundError(f"{len(found)} resources are called {name!r}", "Name the type, too")
        return found[0]

    def drift(self, resource: Row, **inputs: object) -> None:
        """Change a resource behind Pulumi's back; None takes a property away."""
        self._store.drift(resource, **inputs)

    def remove(self, resource: Row) -> None:
        """Remove a resource behind Pulumi's back, without asking what uses it."""
        self._store.remove(resource)

    def fault(
        self,
        kind: FaultKind,
        *,
        type: str | None = None,
        name: str | None = None,
        verb: Verb | None = None,
        instance_type: str | None = None,
        zone: str | None = None,
        times: int = 1,
    ) -> None:
        """Let something go wrong, ``times`` times; see Fault."""
        fault = Fault(kind=kind, type=type, name=name, verb=verb, instance_type=instance_type, zone=zone, times=times)
        self._store.put_fault(fault.to_json())

    def calls(self) -> Counter[tuple[str, str]]:
        """(verb, type) to how often the engine asked for it since the account was made."""
        return self._store.calls()

    def requests(self, role: str | None = None) -> tuple[Asked, ...]:
        """What providers that work as somebody asked for: which rights a program used, and which it lacked.

        ``role``: the ARN of a role that was assumed, or the object id of a service principal; None: of all. Each
        request once, since the account was made.
        """
        return tuple(asked for asked in self._store.asked() if role in (None, asked.role))

    def who_can(
        self,
        action: str,
        resource: Row | str,
        context: Context = NOTHING,
        *,
        data: bool = False,
        suboperation: str = "",
    ) -> tuple[Answer, ...]:
        """The roles (on Azure: the principals) that may do this, each with what lets it, by ARN or object id.

        ``action``: such as ``s3:PutObject``, or ``Microsoft.Storage/storageAccounts/read``.  ``resource``: an ARN or an
        id, or a resource; a bucket stands for all of its objects where the action is about objects.  ``context``: what
        policies and conditions ask for, with what the request carries under it; None: nothing. A resource's tags and
        region are told, and what the id of a blob says.  ``data``, ``suboperation``: of Azure's actions on data. Raises
        UnsupportedPolicyError or UnsupportedConditionError when something is needed that was not told.
        """
        if _is_of_azure(action):
            given = _attributes(context)
            return azure_rights.who_can(
                self._store, action, resource, data=data, attributes=given, suboperation=suboperation
            )
        return rights.who_can(self._store, action, resource, context)

    def ask(
        self,
        role: Row | str,
        action: str,
        resource: Row | str,
        context: Context = NOTHING,
        *,
        data: bool = False,
        suboperation: str = "",
    ) -> Answer:
        """Whether a role (on Azure: an object id, a client id, an identity) may do this, and why, or what it lacks.

        For the rest see ``who_can``.
        """
        if _is_of_azure(action):
            given = _attributes(context)
            return azure_rights.ask(
                self._store, role, action, resource, data=data, attributes=given, suboperation=suboperation
            )
        return rights.ask(self._store, role, action, resource, context)


def _is_of_azure(action: str) -> bool:
    """``Microsoft.Network/virtualNetworks/read``; actions of AWS have a colon."""
    return "/" in action and ":" not in action


def _attributes(context: Context) -> dict[str, tuple[str, ...] | None]:
    return {key: (value,) if isinstance(value, str) else value for key, value in context.items()}

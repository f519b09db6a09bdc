"""Where the account asks whether a caller may do what it is about to do.

Every operation of every type goes through one guard before anything happens. Without another one the caller is the
account's owner, who may do all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from bodo_infra.errors import BodoInfraError, NotFoundError
from bodo_infra.plugin.account.rules.tokens import ROLE
from bodo_infra.plugin.account.settings import AssumedRole, Settings
from bodo_infra.plugin.account.store import AccountStore, Row, Verb
from bodo_infra.plugin.account.view import ACCOUNT_ID
from bodo_infra.plugin.wire_codec import Bag


class DeniedError(BodoInfraError):
    """The caller may not do this. ``message`` names the action, the resource and why."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What is about to be done.

    ``inputs``: what the program asks for (arguments, for an invoke).  ``id``, ``outputs``: of the resource as it is, or
    as it would be when it is about to be created; empty for an invoke, but for the ``id`` of what is looked up on
    Azure.  ``old_inputs``: before an update.
    """

    verb: Verb
    token: str
    region: str
    inputs: Bag
    id: str = ""
    outputs: Bag = field(default_factory=dict)
    old_inputs: Bag = field(default_factory=dict)


Guard = Callable[[Operation], None]
"""Returns when the operation is allowed; raises DeniedError when it is not. Called inside the account's transaction."""

OpenSession = Callable[[AccountStore, Settings], Guard]
"""Makes the guard of one configured provider; refuses roles that it cannot assume."""


def owner_session(store: AccountStore, settings: Settings) -> Guard:
    """The guard that allows everything. A role to assume must exist, but what it may do is not asked."""
    for role in settings.assume_roles:
        require_role(store, role)
    return lambda operation: None


def require_role(store: AccountStore, role: AssumedRole) -> Row:
    """The role to assume. Raises NotFoundError when there is none."""
    found = next((row for row in store.find(arn=role.arn) if row.type == ROLE), None)
    if found is None:
        raise NotFoundError(
            f"the role {role.arn} cannot be assumed: it is not in the offline account {ACCOUNT_ID}",
            "Bring up the stack that makes it first, or correct aws:assumeRoles",
        )
    return found

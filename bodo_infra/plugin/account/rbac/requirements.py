"""What Azure would check before it does what a resource's operation or a lookup asks for.

The tables ``needs_*`` say it per type; here they are put together and asked. Asking how an operation goes on, which the
provider does under ids of Azure's own, needs no right in the group.
"""

from collections.abc import Mapping

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.rbac import needs_compute, needs_identity, needs_network, needs_storage
from bodo_infra.plugin.account.rbac.evaluate import Request
from bodo_infra.plugin.account.rbac.steps import Bag, Needs, Operation, Subject

TYPES: Mapping[str, Needs] = {
    **needs_identity.TYPES,
    **needs_storage.TYPES,
    **needs_network.TYPES,
    **needs_compute.TYPES,
}


def requirements(token: str, operation: Operation, inputs: Bag, *, id: str) -> tuple[Request, ...]:
    """What has to be allowed for ``operation`` on a resource, in the order in which Azure asks.

    ``inputs``: as wanted, under the names of the wire (for delete and read: those it was made with).  ``id``: its
    resource id, also of one that is about to be made. Raises NotFoundError for a type without a row.
    """
    needs = TYPES.get(token)
    if needs is None:
        raise NotFoundError(
            f"no rights are known for the resource type {token}", "Use a type that the offline account knows"
        )
    subject = Subject(operation=operation, id=id, inputs=inputs)
    main = needs.write[0].action
    once: dict[tuple[str, str], Request] = {}
    for step in needs.steps(operation):
        for request in step.requests(subject, main):
            # Several properties may refer to the same thing, and the scopes of a role may be where it is defined.
            once.setdefault((request.action, request.resource.lower()), request)
    return tuple(once.values())


def lookup_requirements(token: str, *, id: str) -> tuple[Request, ...]:
    """Like ``requirements``, for an invoke such as ``azure-native:network:getVirtualNetwork``, which reads its type.

    ``id``: of what is looked up; empty for one that is about the caller, which needs no right.
    """
    return requirements(token.replace(":get", ":"), "read", {}, id=id) if id else ()

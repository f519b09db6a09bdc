"""Who may do what in an account as it stands: its principals, by their role assignments."""

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.iam.questions import Answer
from bodo_infra.plugin.account.rbac import questions
from bodo_infra.plugin.account.rbac.attributes import BLOB_LIST, Attributes, of_assignment
from bodo_infra.plugin.account.rbac.evaluate import Request
from bodo_infra.plugin.account.rbac.needs_storage import blob_attributes
from bodo_infra.plugin.account.rbac.permissions import role_guid
from bodo_infra.plugin.account.rbac.stored import assignments_in, object_id_of
from bodo_infra.plugin.account.store import AccountStore, Row

NOTHING: Attributes = {}


def who_can(
    store: AccountStore,
    action: str,
    resource: Row | str,
    *,
    data: bool = False,
    attributes: Attributes = NOTHING,
    suboperation: str = "",
) -> tuple[Answer, ...]:
    """All principals that may, by object id. For the rest see ``ask``."""
    request = request_for(action, resource, data=data, attributes=attributes, suboperation=suboperation)
    answers = questions.who_can(request, assignments_in(store))
    return tuple(answer for answer in answers if answer.allowed)


def ask(
    store: AccountStore,
    principal: Row | str,
    action: str,
    resource: Row | str,
    *,
    data: bool = False,
    attributes: Attributes = NOTHING,
    suboperation: str = "",
) -> Answer:
    """Whether one principal may, and why or why not.

    ``principal``: an object id, a client id, or the row of a user-assigned identity.  ``resource``: an id, also of a
    blob (``<container>/blobs/<path>``), or a row.  ``data``: the action is one on data.  ``attributes``: what may be
    asked by conditions beside what the id of a blob says; see ``assigning`` and ``listing``. Raises NotFoundError for a
    row that is no principal, UnsupportedConditionError when the answer hangs on what is not known here.
    """
    found = object_id_of(store, principal)
    if not found:
        name = principal.id if isinstance(principal, Row) else principal
        raise NotFoundError(f"{name} has no principalId", "Name an object id, or a user-assigned identity")
    request = request_for(action, resource, data=data, attributes=attributes, suboperation=suboperation)
    return questions.ask(request, found, assignments_in(store, found))


def request_for(
    action: str,
    resource: Row | str,
    *,
    data: bool = False,
    attributes: Attributes = NOTHING,
    suboperation: str = "",
) -> Request:
    """The request as Azure would see it, with what the id of a blob says of itself."""
    id = resource.id if isinstance(resource, Row) else resource
    lists = suboperation == BLOB_LIST
    known = blob_attributes(id, lists=lists) if data else {}
    return Request(action=action, resource=id, data=data, attributes={**known, **attributes}, suboperation=suboperation)


def assigning(role_definition_id: str, principal: str, principal_type: str = "ServicePrincipal") -> Attributes:
    """What the making of a role assignment carries: for ``attributes``, with the action roleAssignments/write."""
    return of_assignment(
        "Request", role=role_guid(role_definition_id), principal=principal, principal_type=principal_type
    )


def unassigning(role_definition_id: str, principal: str, principal_type: str = "ServicePrincipal") -> Attributes:
    """What the deletion of such a role assignment carries: with the action roleAssignments/delete."""
    return of_assignment(
        "Resource", role=role_guid(role_definition_id), principal=principal, principal_type=principal_type
    )


def listing(container_id: str, prefix: str | None = None) -> Attributes:
    """What a list of blobs carries: with the data action blobs/read and the suboperation ``Blob.List``."""
    return blob_attributes(container_id, prefix, lists=True)

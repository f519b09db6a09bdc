"""A provider that assumes a role may do what that role's policies allow, and is told what it lacks.

Without a role to assume the provider is the account's owner, who may do all.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bodo_infra.plugin.account.access import DeniedError, Guard, Operation, require_role
from bodo_infra.plugin.account.iam.documents import Document, Policy, parse
from bodo_infra.plugin.account.iam.evaluate import Decision, Principal, assume, decide
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.iam.matching import Request
from bodo_infra.plugin.account.iam.requirements import lookup_requirements, requirements
from bodo_infra.plugin.account.iam.subject import Place
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.settings import AssumedRole, Settings
from bodo_infra.plugin.account.store import AccountStore, Asked, Row
from bodo_infra.plugin.account.view import ACCOUNT_ID, OWNER, View

NO_MACHINE = {"aws:Ec2InstanceSourceVpc": None}
"""Whoever runs the engine has assumed a role, and does not work with the credentials of a machine."""
_ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def role_session(store: AccountStore, settings: Settings) -> Guard:
    """The guard of the last role to assume, each one assumed by the one before it, the first by the owner.

    Raises NotFoundError for a role that is not there, DeniedError for one whose trust does not accept the caller.
    """
    if not settings.assume_roles:
        return lambda operation: None
    caller = Principal(arn=OWNER, policies=(Policy(name="owner", document=parse(_ALL, Kind.IDENTITY)),))
    for role in settings.assume_roles:
        caller = _assumed(store, role, caller)
    last = settings.assume_roles[-1]

    def guard(operation: Operation) -> None:
        # Read anew each time: what this very program does may change what it may do.
        principal = principal_of(store, require_role(store, last))
        for request in _requests(store, operation, settings):
            asked = replace(request, context={**NO_MACHINE, **request.context})
            decision = decide(principal, asked, resource_policies=policies_of(store, request.resource))
            _note(store, last.arn, request, decision)
            _refuse_unless(decision, "Add what is missing to the role's policies, or do without it")

    return guard


def principal_of(store: AccountStore, role: Row) -> Principal:
    """A role with all its policies; those of AWS itself, whose text nobody has here, count for nothing."""
    inline = [row for row in store.of_type(t.ROLE_POLICY) if row.inputs.get("role") in (role.id, role.arn)]
    attached = [row for row in store.of_type(t.ROLE_POLICY_ATTACHMENT) if row.inputs.get("role") in (role.id, role.arn)]
    managed = [policy for row in attached for policy in store.find(arn=row.inputs["policyArn"])]
    boundary = store.find(arn=role.inputs.get("permissionsBoundary") or "none")
    return Principal(
        arn=role.arn or "",
        policies=(*(_policy(row, Kind.INLINE) for row in inline), *map(_policy, managed)),
        boundary=_policy(boundary[0], Kind.BOUNDARY) if boundary else None,
        tags=role.outputs.get("tagsAll") or {},
    )


def _assumed(store: AccountStore, role: AssumedRole, caller: Principal) -> Principal:
    row = require_role(store, role)
    trust = Policy(name=f"trust of role {row.id}", document=parse(row.inputs["assumeRolePolicy"], Kind.TRUST))
    decision = assume(trust, caller, role_arn=role.arn, external_id=role.external_id)
    if caller.arn != OWNER:  # without the external id: it is a secret
        _note(store, caller.arn, Request(action="sts:AssumeRole", resource=role.arn), decision)
    _refuse_unless(decision, f"Let the trust policy of {row.id} accept this caller, or correct aws:assumeRoles")
    return principal_of(store, row)


def _requests(store: AccountStore, operation: Operation, settings: Settings) -> tuple[Request, ...]:
    place = Place(account=ACCOUNT_ID, region=operation.region or settings.region)
    view = View(store=store, region=place.region)

    def look(token: str, key: str) -> Mapping[str, Any] | None:
        row = view.find(token, key)
        return {**row.outputs, "id": row.id} if row else None

    if operation.verb == "invoke":
        return lookup_requirements(operation.token, operation.inputs, place=place, look=look)
    made = {**operation.outputs, "id": operation.id} if operation.verb != "create" else None
    old = operation.old_inputs or None
    return requirements(
        operation.token, operation.verb, operation.inputs, place=place, outputs=made, old=old, look=look
    )


def policies_of(store: AccountStore, resource: str) -> tuple[Policy, ...]:
    """The policy of the resource itself: a bucket's, a key's."""
    owners = store.find(arn=resource.partition("/")[0] if resource.startswith("arn:aws:s3:::") else resource)
    keys = [row for row in owners if row.type == t.KEY and row.inputs.get("policy")]
    buckets = [row for row in owners if row.type == t.BUCKET]
    policies = [policy for row in buckets for policy in store.of_type(t.BUCKET_POLICY, bucket=row.id)]
    return tuple(_policy(row, Kind.RESOURCE) for row in (*keys, *policies))


def _note(store: AccountStore, role: str, request: Request, decision: Decision) -> None:
    store.note_asked(
        Asked(
            role=role,
            action=request.action,
            resource=request.resource,
            context=request.context,
            allowed=decision.allowed,
        )
    )


def _policy(row: Row, kind: Kind = Kind.IDENTITY) -> Policy:
    return Policy(name=row.name or row.id, document=_parsed(row.inputs["policy"], kind))


@lru_cache(maxsize=256)
def _parsed(text: str, kind: Kind) -> Document:
    """The rows are read anew for each operation; most of their texts are the same."""
    return parse(text, kind)


def _refuse_unless(decision: Decision, fix: str) -> None:
    if not decision.allowed:
        raise DeniedError(f"AccessDenied: {decision.because}", fix)

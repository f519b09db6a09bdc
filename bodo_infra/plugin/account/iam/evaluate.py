"""What AWS decides on a request: an explicit deny wins; else somebody has to allow it; a boundary only takes away.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. Within one account identity
and resource policies add up; over accounts both have to allow; the trust policy of a role and the policy of a key must
always agree. Not modelled: session policies, organizations' policies, NotPrincipal. What cannot be answered raises
UnsupportedPolicyError instead of being guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from bodo_infra.plugin.account.iam.arns import split_arn
from bodo_infra.plugin.account.iam.documents import Policy, Statement
from bodo_infra.plugin.account.iam.matching import ContextValue, Request, UnsupportedPolicyError, mismatch_of
from bodo_infra.plugin.account.iam.principals import Standing, standing_of

DIRECTLY = frozenset({Standing.DIRECT})
NAMED = frozenset({Standing.DIRECT, Standing.ACCOUNT})

# Of the statements that nearly allow a request, as many are told: more would hide the one that was meant.
NEAREST = 3


@dataclass(frozen=True, kw_only=True)
class Decision:
    """``because``: the policy and statement that decided, or what is missing: what a person needs to mend it."""

    allowed: bool
    because: str


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks. ``arn``: of a role, a user or an account's root; for a service its name, such as ec2.amazonaws.com."""

    arn: str
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str | None:
        """None for a service."""
        arn = split_arn(self.arn)
        return arn.account if arn else None

    @property
    def is_service(self) -> bool:
        return self.account is None

    @property
    def is_user(self) -> bool:
        return ":user/" in self.arn

    @property
    def is_root(self) -> bool:
        return self.arn.endswith(":root")


def decide(
    caller: Principal, request: Request, *, resource_policies: Sequence[Policy] = (), owner: str | None = None
) -> Decision:
    """``resource_policies``: those of the resource itself (a bucket's policy, a key's, a role's trust).

    ``owner``: the account of the resource; by default the one in its ARN, else the caller's. Raises
    UnsupportedPolicyError when a policy that matters cannot be evaluated.
    """
    full = replace(request, context=_whole_context(caller, request, owner))
    mine = (*caller.policies, *((caller.boundary,) if caller.boundary else ()))
    denial = next(_find(mine, full, "Deny"), None) or next(_find(resource_policies, full, "Deny", caller.arn), None)
    if denial:
        return Decision(allowed=False, because=f"{_what(full)} is denied by {denial}")
    direct = next(_find(resource_policies, full, "Allow", caller.arn, DIRECTLY), None)
    if caller.boundary:
        if direct and caller.is_user:
            raise UnsupportedPolicyError(
                f"{direct} allows {_what(full)} to the user {caller.arn}, who has a permissions boundary",
                "Ask for a role: whether the boundary limits a user here depends on how the policy names the user",
            )
        if not next(_find((caller.boundary,), full, "Allow"), None):
            return Decision(allowed=False, because=_missing(full, "the permissions boundary", (caller.boundary,)))
    identity = "being the account's root" if caller.is_root else next(_find(caller.policies, full, "Allow"), None)
    if caller.account != full.context["aws:ResourceAccount"] or _must_agree(full, resource_policies):
        return _decide_both(caller, full, identity, direct, resource_policies)
    if identity or direct:
        return Decision(allowed=True, because=f"{_what(full)} is allowed by {identity or direct}")
    return Decision(allowed=False, because=_missing(full, caller.arn, caller.policies, resource_policies, caller.arn))


def assume(
    trust: Policy,
    caller: Principal,
    *,
    role_arn: str,
    external_id: str | None = None,
    context: Mapping[str, ContextValue] | None = None,
) -> Decision:
    """Whether ``caller`` may take the role: its trust has to name the caller and to accept the external id.

    A caller named through its account, or from another account, needs ``sts:AssumeRole`` in its own policies as well.
    """
    if caller.is_root:
        return Decision(allowed=False, because=f"{caller.arn} is an account's root, and AWS lets no root take a role")
    request = Request(
        action="sts:AssumeRole", resource=role_arn, context={"sts:ExternalId": external_id, **(context or {})}
    )
    return decide(caller, request, resource_policies=(trust,))


def _decide_both(
    caller: Principal,
    request: Request,
    identity: str | None,
    direct: str | None,
    resource_policies: Sequence[Policy],
) -> Decision:
    """Where the resource's policy has to agree: by naming the caller, or its account and then the caller's own too."""
    granted = direct or next(_find(resource_policies, request, "Allow", caller.arn), None)
    if not granted:
        name = ", ".join(policy.name for policy in resource_policies) or "the resource's policy: there is none"
        because = f"{_what(request)} is not allowed to {caller.arn} by {name}"
        reasons = "; ".join([*_nearly(resource_policies, request, caller.arn)][:NEAREST])
        return Decision(allowed=False, because=f"{because}: {reasons}" if reasons else because)
    is_abroad = not caller.is_service and caller.account != request.context["aws:ResourceAccount"]
    if direct and not is_abroad:
        return Decision(allowed=True, because=f"{_what(request)} is allowed by {direct}")
    if identity:
        return Decision(allowed=True, because=f"{_what(request)} is allowed by {identity}, and by {granted}")
    missing = _missing(request, caller.arn, caller.policies)
    return Decision(allowed=False, because=f"{missing} ({granted} does allow it, which here is not enough)")


def _must_agree(request: Request, resource_policies: Sequence[Policy]) -> bool:
    """Roles and keys: the account's own policies count only as far as theirs lets them.

    A key whose policy is not given has the default one, which leaves everything to the account.
    """
    if request.action.startswith("sts:AssumeRole"):
        return True
    return request.action.startswith("kms:") and ":key/" in request.resource and bool(resource_policies)


def _find(
    policies: Sequence[Policy],
    request: Request,
    effect: str,
    caller: str | None = None,
    standings: frozenset[Standing] = NAMED,
) -> Iterator[str]:
    """The statements with this effect that speak of the request, and of the caller unless that is None."""
    for policy, statement in _statements(policies, request.action, effect):
        if caller is not None and _standing(policy, statement, caller) not in standings:
            continue
        if mismatch_of(statement, policy.document.version, request) is None:
            yield f"{policy.name}, {statement.label}"


def _statements(policies: Sequence[Policy], action: str, effect: str) -> Iterator[tuple[Policy, Statement]]:
    for policy in policies:
        for statement in policy.document.speaking_of(action, effect):
            yield policy, statement


def _standing(policy: Policy, statement: Statement, caller: str) -> Standing:
    if statement.not_principals is not None:
        raise UnsupportedPolicyError(
            f"{policy.name}, {statement.label}: NotPrincipal is not evaluated here",
            'Write Principal "*" with a condition ArnNotEquals on aws:PrincipalArn, as AWS advises',
        )
    return standing_of(statement.principals or frozenset(), caller)


def _missing(
    request: Request,
    whose: str,
    policies: Sequence[Policy],
    resource_policies: Sequence[Policy] = (),
    caller: str | None = None,
) -> str:
    """That nobody allows it; and of the statements that nearly do, why they do not."""
    names = ", ".join(policy.name for policy in policies) or "it has none"
    own = list(_nearly(policies, request, None)) or [f"no Allow in its policies ({names}) speaks of {request.action}"]
    of_resource = _nearly(resource_policies, request, caller)
    return f"{_what(request)} is not allowed to {whose}: {'; '.join([*own[:NEAREST], *islice(of_resource, NEAREST)])}"


def _nearly(policies: Sequence[Policy], request: Request, caller: str | None) -> Iterator[str]:
    for policy, statement in _statements(policies, request.action, "Allow"):
        mismatch = mismatch_of(statement, policy.document.version, request)
        if caller is not None and _standing(policy, statement, caller) is Standing.NONE:
            reason = f"its Principal does not name {caller}"
        else:
            reason = mismatch or "leaves it to the policies of the account, of which none allows it"
        yield f"{policy.name}, {statement.label}: {reason}"


def _what(request: Request) -> str:
    return request.action if request.resource == "*" else f"{request.action} on {request.resource}"


def _whole_context(caller: Principal, request: Request, owner: str | None) -> dict[str, ContextValue]:
    """What AWS adds to every request by itself; what the request says goes before."""
    arn = split_arn(request.resource)
    in_arn = arn.account if arn and arn.account.isdigit() else None
    return {
        "aws:PrincipalArn": None if caller.is_service else caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalIsAWSService": "true" if caller.is_service else "false",
        "aws:PrincipalType": _type_of(caller),
        "aws:ResourceAccount": owner or in_arn or caller.account,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        **{f"aws:PrincipalTag/{key}": value for key, value in caller.tags.items()},
        **request.context,
    }


def _type_of(caller: Principal) -> str | None:
    if caller.is_service:
        return None
    return "Account" if caller.is_root else "User" if caller.is_user else "AssumedRole"

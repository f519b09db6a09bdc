"""Questions that people ask of a whole account: who can do this, and what do I lack."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bodo_infra.catalog import iam_names as names
from bodo_infra.plugin.account.iam.documents import Document, Policy, Statement
from bodo_infra.plugin.account.iam.evaluate import Principal, decide
from bodo_infra.plugin.account.iam.matching import Request

PoliciesOf = Callable[[str], Sequence[Policy]]
"""The policies of the resource with this ARN itself; empty: it has none."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one principal may do, and why: the statement that decided, or what is missing."""

    principal: str
    allowed: bool
    because: str


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A right that is lacking; ``because``: what refuses it, or which statement nearly allows it."""

    action: str
    resource: str
    because: str

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}: {self.because}"


def who_can(
    request: Request, principals: Iterable[Principal], resource_policies: Sequence[Policy] = ()
) -> list[Answer]:
    """Every principal with its answer, those that can first, then by ARN."""
    answers = [ask(request, principal, resource_policies) for principal in principals]
    return sorted(answers, key=lambda answer: (not answer.allowed, answer.principal))


def ask(request: Request, principal: Principal, resource_policies: Sequence[Policy] = ()) -> Answer:
    decision = decide(principal, request, resource_policies=resource_policies)
    return Answer(principal=principal.arn, allowed=decision.allowed, because=decision.because)


def no_policies(_arn: str) -> Sequence[Policy]:
    return ()


def missing(requests: Iterable[Request], principal: Principal, policies_of: PoliciesOf = no_policies) -> list[Missing]:
    """Of what is required, what the principal may not do; empty: it may do all."""
    return [
        Missing(action=request.action, resource=request.resource, because=answer.because)
        for request in requests
        if not (answer := ask(request, principal, policies_of(request.resource))).allowed
    ]


def broad_writes(document: Document) -> list[str]:
    """What a policy lets be changed anywhere and at any time: writes on ``*`` without a condition, one a line.

    Where the level of an action is not known here, its name tells: what does not begin as reading does is a write.
    """
    return [
        f"{statement.label}: {action}"
        for statement in document.statements
        if statement.effect == "Allow" and "*" in (statement.resources or ()) and not statement.conditions
        for action in _writes(statement)
    ]


def _writes(statement: Statement) -> list[str]:
    if statement.actions is None or "*" in statement.actions:
        return ["everything" if statement.actions else "everything but what NotAction names"]
    actions = sorted({action for pattern in statement.actions for action in names.expand(pattern)})
    return [action for action in actions if _is_write(action)]


def _is_write(action: str) -> bool:
    facts = names.facts_of(action)
    if facts is not None:
        return facts.level in names.WRITE_LEVELS
    return not action.partition(":")[2].lower().startswith(("batchget", "describe", "get", "list"))

"""Questions that people ask of a whole account: who can do this, and what do I lack."""

from collections.abc import Iterable, Sequence

from bodo_infra.plugin.account.iam.questions import Answer, Missing
from bodo_infra.plugin.account.rbac.evaluate import Assignment, Request, decide


def who_can(request: Request, assignments: Sequence[Assignment]) -> list[Answer]:
    """Every principal that has a role anywhere, with its answer: those that can first, then by object id."""
    principals = {each.principal.lower() for each in assignments}
    answers = [ask(request, principal, assignments) for principal in principals]
    return sorted(answers, key=lambda answer: (not answer.allowed, answer.principal))


def ask(request: Request, principal: str, assignments: Iterable[Assignment]) -> Answer:
    """Whether one principal may, and why or why not."""
    decision = decide(principal, request, assignments)
    return Answer(principal=principal, allowed=decision.allowed, because=decision.because)


def missing(requests: Iterable[Request], principal: str, assignments: Sequence[Assignment]) -> list[Missing]:
    """Of what is required, what the principal may not do; empty: it may do all."""
    return [
        Missing(action=request.action, resource=request.resource, because=answer.because)
        for request in requests
        if not (answer := ask(request, principal, assignments)).allowed
    ]

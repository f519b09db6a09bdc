"""Who may do what in an account as it stands: its roles, with their boundaries and the resource's own policy."""

from collections.abc import Mapping

from bodo_infra.catalog import iam_names as names
from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.iam import questions
from bodo_infra.plugin.account.iam.matching import ContextValue, Request
from bodo_infra.plugin.account.iam.questions import Answer
from bodo_infra.plugin.account.iam.subject import resource_tags, tags_of
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.session import policies_of, principal_of
from bodo_infra.plugin.account.store import AccountStore, Row

Context = Mapping[str, ContextValue]
"""Condition keys with what the request carries under them; None: surely nothing."""


def who_can(store: AccountStore, action: str, resource: Row | str, context: Context) -> tuple[Answer, ...]:
    """All roles that may, by ARN."""
    request = request_for(store, action, resource, context)
    roles = [principal_of(store, row) for row in store.of_type(t.ROLE)]
    answers = questions.who_can(request, roles, policies_of(store, request.resource))
    return tuple(answer for answer in answers if answer.allowed)


def ask(store: AccountStore, role: Row | str, action: str, resource: Row | str, context: Context) -> Answer:
    """Whether one role may, and why or why not. Raises NotFoundError when there is no such role."""
    request = request_for(store, action, resource, context)
    return questions.ask(request, principal_of(store, _role(store, role)), policies_of(store, request.resource))


def request_for(store: AccountStore, action: str, resource: Row | str, context: Context) -> Request:
    """The request as AWS would see it: with the region and the tags of the resource, where it stands in the account.

    ``resource``: a row stands for its ARN; a bucket, in an action on objects, for all of them.
    """
    arn = resource if isinstance(resource, str) else _arn(resource, action)
    row = next(iter(store.find(arn=_whole(arn))), None)
    region = row.region if row and row.region else "us-east-1"  # where IAM and the rest of the global services are
    service = action.partition(":")[0]
    tags = resource_tags(tags_of(row.outputs), service) if row else {}
    told = {key: value for key, value in tags.items() if names.carries(action, key)}
    return Request(action=action, resource=arn, context={"aws:RequestedRegion": region, **told, **context})


def _arn(row: Row, action: str) -> str:
    if row.arn is None:
        raise NotFoundError(f"{row.type} {row.id} has no ARN", "Name what it belongs to, or write the ARN")
    facts = names.facts_of(action)
    of_objects = row.type == t.BUCKET and facts is not None and "object" in facts.resources
    return f"{row.arn}/*" if of_objects else row.arn


def _whole(arn: str) -> str:
    """An object is found by its bucket."""
    return arn.partition("/")[0] if ":s3:::" in arn else arn


def _role(store: AccountStore, role: Row | str) -> Row:
    if isinstance(role, Row):
        return role
    found = [row for row in store.find(arn=role) if row.type == t.ROLE]
    if not found:
        raise NotFoundError(f"the role {role} is not in the account", "Correct the ARN, or bring its program up first")
    return found[0]

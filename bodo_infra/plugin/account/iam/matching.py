"""A request, and whether a statement about its action fits it; when not, which part does not, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bodo_infra.catalog.iam_names import carries
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.iam.conditions import Condition, parse_operator
from bodo_infra.plugin.account.iam.documents import Statement
from bodo_infra.plugin.account.iam.grammar import DEFAULT_VERSION
from bodo_infra.plugin.account.iam.patterns import NoValueError, Values, matches_with

ContextValue = str | tuple[str, ...] | None
"""What a request carries under a condition key; a tuple for several values at once; None: surely nothing."""

# Keys that requests carry at times: their absence says something, so it need not be told. All in lower case.
_OPTIONAL_STEMS = ("aws:requesttag/", "aws:resourcetag/", "aws:principaltag/", "kms:encryptioncontext:")
_OPTIONAL = frozenset(
    {
        "autoscaling:launchconfigurationname",
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalorgid",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceidentity",
        "aws:tagkeys",
        "ec2:createaction",
        "elasticfilesystem:createaction",
        "iam:awsservicename",
        "iam:passedtoservice",
        "iam:permissionsboundary",
        "iam:policyarn",
        "kms:grantisforawsresource",
        "kms:viaservice",
        "sts:externalid",
    }
)


class UnsupportedPolicyError(InputError):
    """A policy asks for something that this evaluation does not know; it is refused, not guessed."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """``action``: such as ``ec2:CreateVpc``; ``resource``: an ARN, or ``*`` where AWS knows no resource.

    ``context``: condition keys with their values. Keys that requests may lack, such as tags, may be left out; of others
    it must be said, by None, that they are absent: a policy that asks for one which was not told is refused.
    """

    action: str
    resource: str
    context: Mapping[str, ContextValue] = field(default_factory=dict)

    @cached_property
    def _by_lower(self) -> Mapping[str, ContextValue]:
        return {key.lower(): value for key, value in self.context.items()}

    def values_of(self, key: str) -> tuple[str, ...] | None:
        """None: the request has nothing under the key. Raises UnsupportedPolicyError when that is not known."""
        lower = key.lower()
        if lower in self._by_lower:
            value = self._by_lower[lower]
            return (value,) if isinstance(value, str) else value
        if lower in _OPTIONAL or lower.startswith(_OPTIONAL_STEMS) or ":resourcetag/" in lower or self._lacks(key):
            return None
        raise UnsupportedPolicyError(
            f"condition key {key} on {self.action}: its value is not known here, so no decision would be true",
            "Pass it in the request's context, with None if the request has no such value",
        )

    def _lacks(self, key: str) -> bool:
        """Whether AWS says that this action never carries the key."""
        return not key.startswith("aws:") and not carries(self.action, key)

    def variable(self, key: str) -> str | None:
        values = self.values_of(key)
        return values[0] if values and len(values) == 1 else None


def mismatch_of(statement: Statement, version: str, request: Request) -> str | None:
    """Which part of a statement about the action does not fit the request, in words; None: all of it fits.

    Whom it names is the caller's to ask.
    """
    # Variables came with the version of 2012; before, they are plain text.
    values = None if version == DEFAULT_VERSION else request.variable
    try:
        if not _covers_resource(statement, request.resource, values):
            places = ", ".join(statement.resources or statement.not_resources or ())
            name = "Resource" if statement.resources else "NotResource"
            return f"its {name} ({places}) does not cover {request.resource}"
        for condition in statement.conditions:
            if not _holds(condition, request, values):
                return _explain(condition, request)
    except NoValueError as error:
        return f"the caller or request has no value for its variable {error}"
    return None


def _covers_resource(statement: Statement, resource: str, values: Values | None) -> bool:
    if statement.resources is None and statement.not_resources is None:
        return True  # Trust policies, and those of file systems: about the resource that they hang on.
    patterns = statement.resources if statement.resources is not None else statement.not_resources or ()
    found = any(each == "*" or matches_with(each, resource, values) for each in patterns)
    return found == (statement.resources is not None)


def _holds(condition: Condition, request: Request, values: Values | None) -> bool:
    try:
        return condition.holds(request.values_of(condition.key), values)
    except ValueError as error:
        raise UnsupportedPolicyError(str(error), "Mend the condition: AWS leaves open what it means") from error


def _explain(condition: Condition, request: Request) -> str:
    text = f"its condition {condition.operator} on {condition.key} does not hold"
    given = request.values_of(condition.key)
    if condition.key.lower() == "sts:externalid":
        # Whoever reads logs need not learn the id by which others are let in.
        return f"{text}: {'no external id was given' if given is None else 'another external id was given'}"
    wanted = " or ".join(condition.values)
    asked = "" if parse_operator(condition.operator).base == "Null" else f", the policy names {wanted}"
    return f"{text}: the request has {'nothing there' if given is None else ', '.join(given) or 'nothing'}{asked}"

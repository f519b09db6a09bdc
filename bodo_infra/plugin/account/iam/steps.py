"""The words of the tables of needs: which action is asked for, on which resources, carrying what, and when.

A ``Target`` turns an operation into the resources that AWS checks: ``new`` (one that this makes), ``own`` (the one that
the operation is about), ``other`` (one that a property names), ``ANY`` (the action can only be granted on ``*``).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bodo_infra.catalog.iam_names import carries
from bodo_infra.plugin.account.iam.matching import ContextValue, Request
from bodo_infra.plugin.account.iam.subject import Subject, request_tags, resource_tags, tags_of

Found = Iterator[tuple[str, Mapping[str, ContextValue]]]
"""ARNs, each with what the request carries about it."""

Target = Callable[[Subject], Found]
Carry = Callable[[Subject], Mapping[str, ContextValue]]

# Their ARNs have no region; buckets have no account either.
_GLOBAL = frozenset({"iam", "s3"})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One call. ``when``: it is made only when the operation touches one of these properties; empty: always."""

    action: str
    on: tuple[Target, ...]
    when: tuple[str, ...] = ()
    carry: Carry = field(default=lambda _: {})
    only: Callable[[Subject], bool] = field(default=lambda _: True)

    def requests(self, subject: Subject) -> Iterator[Request]:
        if (self.when and not subject.touches(self.when)) or not self.only(subject):
            return
        region = "us-east-1" if self.action.startswith("iam:") else subject.region
        for target in self.on:
            for found, context in target(subject):
                told = {**context, **self.carry(subject)}
                carried = {key: value for key, value in told.items() if carries(self.action, key)}
                yield Request(action=self.action, resource=found, context={"aws:RequestedRegion": region, **carried})


_IN_VPC = frozenset(f"ec2:{kind}/{{}}" for kind in ("network-interface", "route-table", "security-group", "subnet"))


def step(
    action: str,
    *on: Target,
    when: tuple[str, ...] = (),
    carry: Carry = lambda _: {},
    only: Callable[[Subject], bool] = lambda _: True,
) -> Step:
    """A call on ``on``, each of which must be allowed."""
    return Step(action=action, on=on, when=when, carry=carry, only=only)


def asks(*actions: str) -> tuple[Step, ...]:
    """Calls that AWS lets nobody restrict to a resource: listing and describing, mostly."""
    return tuple(step(action, ANY) for action in actions)


def arn(subject: Subject, form: str, key: str) -> str:
    """``form``: such as ``ec2:subnet/{}``. ``key``: an id or name; an ARN is taken as it is, ``*`` is not known yet."""
    if key.startswith("arn:"):
        return key
    service, _, resource = form.partition(":")
    place = subject.place
    region = "" if service in _GLOBAL else subject.region
    account = "" if service == "s3" or form == "ec2:image/{}" else place.account
    return f"arn:{place.partition}:{service}:{region}:{account}:{resource.format(key)}"


def ANY(_: Subject) -> Found:  # noqa: N802 (it reads as the constant that it is)
    yield "*", {}


def tagged_any(subject: Subject) -> Found:
    """Like ANY, for calls that make something with tags: KMS and EFS know no resource before it is there."""
    yield "*", request_tags(subject.tags)


def new(form: str, name: str | None = None) -> Target:
    """What the operation makes; ``name``: the property that names it, where the caller and not AWS does so."""

    def target(subject: Subject) -> Found:
        key = "*" if name is None else subject.text(name) or "*"
        yield arn(subject, form, key), request_tags(subject.tags)

    return target


def own(form: str, name: str = "id") -> Target:
    """The resource itself, with the tags that it carries. ``name``: the property that holds its id, name or ARN."""

    def target(subject: Subject) -> Found:
        key = subject.outputs.get(name)
        key = key if isinstance(key, str) and key else subject.text(name) or "*"
        tags = resource_tags(subject.present_tags, form.partition(":")[0])
        yield arn(subject, form, key), {**tags, **_vpc_of(subject, form, subject.value("vpcId"))}

    return target


def other(form: str, name: str, token: str = "") -> Target:
    """What the property ``name`` names, one or several; with ``token`` its tags are looked up."""

    def target(subject: Subject) -> Found:
        for key in subject.texts(name):
            found = (subject.look(token, key) if token else None) or {}
            tags = resource_tags(tags_of(found), form.partition(":")[0])
            yield arn(subject, form, key), {**tags, **_vpc_of(subject, form, found.get("vpcId"))}

    return target


def _vpc_of(subject: Subject, form: str, vpc: object) -> Mapping[str, ContextValue]:
    """``ec2:Vpc``, which AWS tells of resources that lie in one; left out when it is not known here."""
    if form not in _IN_VPC or vpc is None:
        return {}
    return {"ec2:Vpc": arn(subject, "ec2:vpc/{}", vpc if isinstance(vpc, str) else "*")}


def tagging(tag: str, untag: str, form: str, name: str = "id") -> tuple[Step, ...]:
    """The calls of an update whose tags differ."""
    return tagging_on(tag, untag, own(form, name))


def tagging_on(tag: str, untag: str, target: Target) -> tuple[Step, ...]:
    """Like ``tagging``, for resources whose ARN takes more than an id."""

    def added(subject: Subject) -> Found:
        for found, context in target(subject):
            yield found, {**context, **request_tags(subject.added_tags)}

    def removed(subject: Subject) -> Found:
        for found, context in target(subject):
            yield found, {**context, "aws:TagKeys": subject.removed_tags}

    return (
        step(tag, added, only=lambda subject: bool(subject.added_tags)),
        step(untag, removed, only=lambda subject: bool(subject.removed_tags)),
    )


def tag_new(action: str, target: Target, made_by: str = "") -> Step:
    """The right to tag, which AWS asks for beside the one to create. ``made_by``: the creating call, if it is told."""
    service = action.partition(":")[0]
    carried: Mapping[str, ContextValue] = {f"{service}:CreateAction": made_by} if made_by else {}
    return step(action, target, carry=lambda _: carried, only=lambda subject: bool(subject.tags))


def pass_role(name: str, service: str) -> Step:
    """A role that a property names, by ARN or name, is handed to a service."""
    return step(
        "iam:PassRole", other("iam:role/{}", name), when=(name,), carry=lambda _: {"iam:PassedToService": service}
    )


def service_role(service: str, role: str, only: Callable[[Subject], bool] = lambda _: True) -> Step:
    """A service makes its own role at its first use in an account, with the caller's right to do so."""

    def target(subject: Subject) -> Found:
        yield arn(subject, f"iam:role/aws-service-role/{service}/{{}}", role), {"iam:AWSServiceName": service}

    def is_missing(subject: Subject) -> bool:
        return only(subject) and subject.look("aws:iam/serviceLinkedRole:ServiceLinkedRole", role) is None

    return step("iam:CreateServiceLinkedRole", target, only=is_missing)


@dataclass(frozen=True, kw_only=True)
class Needs:
    """The calls of each operation on a type. Creating and updating read the result, so ``read`` comes with both."""

    create: tuple[Step, ...] = ()
    read: tuple[Step, ...] = ()
    update: tuple[Step, ...] = ()
    delete: tuple[Step, ...] = ()

    def steps(self, operation: str) -> tuple[Step, ...]:
        found: tuple[Step, ...] = getattr(self, operation)
        return (*found, *self.read) if operation in ("create", "update") else found

"""What a start of machines touches: read from a launch template, an instance or both, for the tables of needs.

Making a launch template passes no role and starts nothing. Whoever makes or changes an Auto Scaling group with it, or
an instance, has to have the right to start what it says, and to pass the role in it:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bodo_infra.plugin.account.iam.matching import ContextValue
from bodo_infra.plugin.account.iam.needs_identity import PASSED_TO_EC2, roles_of_profile
from bodo_infra.plugin.account.iam.needs_keys import parameter_arn
from bodo_infra.plugin.account.iam.needs_network import GROUP, SUBNET
from bodo_infra.plugin.account.iam.steps import Found, arn
from bodo_infra.plugin.account.iam.subject import Bag, Subject, request_tags, resource_tags, tags_of

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
PLACEMENT = "aws:ec2/placementGroup:PlacementGroup"
KEY_PAIR = "aws:ec2/keyPair:KeyPair"

# Kinds of resources that a start makes, and that a template can tag.
_STARTED = ("instance", "volume", "network-interface")
# Asked about only when it is tagged ("Tag Spot Instance requests", EC2 user guide).
_SPOT_REQUEST = "spot-instances-request"
_BY_PARAMETER = "resolve:ssm:"


def template_of(subject: Subject) -> Bag:
    """The launch template that the operation starts machines from, as the account knows it; empty: none is named."""
    key = template_key(subject)
    return (subject.look(TEMPLATE, key) or {}) if key else {}


def template_key(subject: Subject) -> str:
    """Id or name of the template, which groups of mixed types name further inside; empty: none is named."""
    given = first_of(subject.value("launchTemplate")) or _specification(subject)
    for name in ("id", "launchTemplateId", "name", "launchTemplateName"):
        if given.get(name):
            return _text(given[name])
    return ""


def _specification(subject: Subject) -> Bag:
    mixed = first_of(subject.value("mixedInstancesPolicy"))
    return first_of(first_of(mixed.get("launchTemplate")).get("launchTemplateSpecification"))


def uses_spot(subject: Subject) -> bool:
    mixed = first_of(subject.value("mixedInstancesPolicy"))
    return bool(_launch(subject).get("instanceMarketOptions") or mixed.get("instancesDistribution"))


def first_of(given: object) -> Bag:
    """Of a block that comes as an object or as a list of one."""
    found = given[0] if isinstance(given, list | tuple) and given else given
    return found if isinstance(found, Mapping) else {}


def _launch(subject: Subject) -> Bag:
    """What is started: the template's settings, and over them those of the instance itself."""
    own_settings = subject.inputs if subject.token == INSTANCE else {}
    return {**template_of(subject), **{key: value for key, value in own_settings.items() if value is not None}}


def started(subject: Subject) -> Found:
    """Everything that AWS checks ``ec2:RunInstances`` on."""
    launch = _launch(subject)
    key = template_key(subject)
    from_template = arn(subject, "ec2:launch-template/{}", key) if key else None
    common: dict[str, ContextValue] = {
        "ec2:InstanceType": _text(launch.get("instanceType")),
        "ec2:LaunchTemplate": from_template,
        "ec2:IsLaunchTemplateResource": "true" if from_template else "false",
    }
    for kind in (*_STARTED, _SPOT_REQUEST):
        tags = _tags_for(subject, launch, kind)
        if tags or kind != _SPOT_REQUEST:
            yield arn(subject, f"ec2:{kind}/{{}}", "*"), {**common, **request_tags(tags)}
    for form, token, given in _named(subject, launch):
        bag = subject.look(token, given) or {}
        yield arn(subject, form, given), {**common, **resource_tags(tags_of(bag), "ec2")}


def _named(subject: Subject, launch: Bag) -> Iterator[tuple[str, str, str]]:
    """What a start takes that is there already: form of ARN, type token, id or name."""
    interfaces = [each for each in _list(launch.get("networkInterfaces")) if isinstance(each, Mapping)]
    groups = [
        *_list(launch.get("vpcSecurityGroupIds")),
        *(g for i in interfaces for g in _list(i.get("securityGroups"))),
    ]
    # A group's own subnets stand as vpcZoneIdentifiers; the template's are those of its interfaces.
    subnets = [launch.get("subnetId"), *(i.get("subnetId") for i in interfaces), *subject.texts("vpcZoneIdentifiers")]
    placement = first_of(launch.get("placement")).get("groupName") or launch.get("placementGroup")
    image = launch.get("ami") or launch.get("imageId")
    # resolve:ssm:/aws/service/...: only the start finds out which image that is.
    image = "*" if isinstance(image, str) and image.startswith("resolve:") else image
    for form, token, values in (
        ("ec2:image/{}", "", [image or "*"]),
        ("ec2:subnet/{}", SUBNET, subnets),
        ("ec2:security-group/{}", GROUP, groups),
        ("ec2:key-pair/{}", KEY_PAIR, [launch.get("keyName")]),
        ("ec2:placement-group/{}", PLACEMENT, [placement]),
        ("ec2:launch-template/{}", TEMPLATE, [template_key(subject)]),
    ):
        for value in dict.fromkeys(_text(each) for each in values if each):
            yield form, token, value


def _tags_for(subject: Subject, launch: Bag, kind: str) -> Mapping[str, str]:
    specified = [each for each in _list(launch.get("tagSpecifications")) if isinstance(each, Mapping)]
    found: dict[str, str] = {}
    for each in specified:
        if each.get("resourceType") == kind:
            found |= tags_of(each)
    if subject.token == INSTANCE:
        found |= (
            subject.tags
            if kind == "instance"
            else tags_of({"tags": launch.get("volumeTags")})
            if kind == "volume"
            else {}
        )
    return found


def tagged_at_start(subject: Subject) -> Found:
    """What a start tags, which asks for ``ec2:CreateTags`` too."""
    launch = _launch(subject)
    for kind in (*_STARTED, _SPOT_REQUEST):
        if found := _tags_for(subject, launch, kind):
            yield arn(subject, f"ec2:{kind}/{{}}", "*"), {**request_tags(found), "ec2:CreateAction": "RunInstances"}


def image_parameters(subject: Subject) -> Found:
    """Whoever starts from a parameter in place of an image has to have the right to read it.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
    """
    launch = _launch(subject)
    image = launch.get("ami") or launch.get("imageId")
    if isinstance(image, str) and image.startswith(_BY_PARAMETER):
        # A version or label of it may follow.
        yield parameter_arn(subject, image.removeprefix(_BY_PARAMETER).partition(":")[0]), {}


def passed_roles(subject: Subject) -> Found:
    """The roles of the instance profile, which the start hands to the machines."""
    launch = _launch(subject)
    profile = launch.get("iamInstanceProfile")
    key = profile if isinstance(profile, str) else first_of(profile).get("arn") or first_of(profile).get("name")
    if key:
        for role in roles_of_profile(subject, _text(key)):
            yield role, PASSED_TO_EC2


def _text(value: object) -> str:
    return value if isinstance(value, str) else "*"


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]

"""What roles, policies and instance profiles need, and whatever hands one of them over.

From the calls of the Terraform AWS provider 6.x and the service authorization reference, like ``needs_network``.
CloudFormation's handlers attach policies and write inline ones for every role; here only for those that have any.
"""

from collections.abc import Mapping

from bodo_infra.plugin.account.iam.matching import ContextValue
from bodo_infra.plugin.account.iam.steps import Found, Needs, Target, arn, step, tag_new, tagging_on
from bodo_infra.plugin.account.iam.subject import Subject, request_tags, resource_tags

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"

PASSED_TO_EC2: Mapping[str, ContextValue] = {"iam:PassedToService": "ec2.amazonaws.com"}


def the(kind: str) -> Target:
    """The role, policy or profile itself, found by its ARN, or before it has one by its path and name."""

    def target(subject: Subject) -> Found:
        yield _arn_of(subject, kind), resource_tags(subject.present_tags, "iam")

    return target


def new(kind: str) -> Target:
    def target(subject: Subject) -> Found:
        yield _arn_of(subject, kind), request_tags(subject.tags)

    return target


def _arn_of(subject: Subject, kind: str) -> str:
    known = subject.outputs.get("arn")
    if isinstance(known, str) and known:
        return known
    return arn(subject, f"iam:{kind}{subject.text('path') or '/'}{{}}", subject.text("name") or "*")


def role_arn(subject: Subject, key: str) -> str:
    """Of a role by its name; the account knows the path of those that have one."""
    known = (subject.look(ROLE, key) or {}).get("arn")
    return known if isinstance(known, str) else arn(subject, "iam:role/{}", key)


def named_role(subject: Subject) -> Found:
    """The role that the property ``role`` names, if any."""
    if key := subject.text("role"):
        tags = (subject.look(ROLE, key) or {}).get("tags") or {}
        yield role_arn(subject, key), resource_tags(tags, "iam")


def passed_role(subject: Subject) -> Found:
    """Like ``named_role``, without its tags: AWS warns that conditions on them are not reliable for iam:PassRole."""
    for found, _ in named_role(subject):
        yield found, {}


def roles_of_profile(subject: Subject, profile: str) -> tuple[str, ...]:
    """ARNs of the roles that a profile, by name or ARN, hands to whoever starts with it."""
    role = (subject.look(PROFILE, profile) or {}).get("role")
    # A profile that nobody knows may hold any role.
    return (role_arn(subject, role if isinstance(role, str) and role else "*"),)


def _boundary(given: object) -> Mapping[str, ContextValue]:
    return {"iam:PermissionsBoundary": given if isinstance(given, str) and given else None}


def _wanted_boundary(subject: Subject) -> Mapping[str, ContextValue]:
    return _boundary(subject.inputs.get("permissionsBoundary"))


def _present_boundary(subject: Subject) -> Mapping[str, ContextValue]:
    return _boundary((subject.outputs or subject.inputs).get("permissionsBoundary"))


def _boundary_of_role(subject: Subject) -> Mapping[str, ContextValue]:
    """Of the role that a policy is put on or taken from: whoever may only touch bounded roles is held by it."""
    return _boundary((subject.look(ROLE, subject.text("role")) or {}).get("permissionsBoundary"))


def _attached(subject: Subject) -> Mapping[str, ContextValue]:
    return {**_boundary_of_role(subject), "iam:PolicyARN": subject.text("policyArn") or None}


def _sets_boundary(subject: Subject) -> bool:
    return bool(subject.inputs.get("permissionsBoundary"))


def _drops_boundary(subject: Subject) -> bool:
    return not _sets_boundary(subject)


# A role is deleted with the policies that it lists itself, and by force with all.
_INLINE = ("forceDetachPolicies", "inlinePolicies")
_MANAGED = ("forceDetachPolicies", "managedPolicyArns")

_READ_ROLE = (
    step("iam:GetRole", the("role")),
    step("iam:ListRolePolicies", the("role")),
    step("iam:ListAttachedRolePolicies", the("role")),
    # Inline policies are read one by one; a new role has none yet.
    step("iam:GetRolePolicy", the("role"), only=lambda subject: subject.operation == "read"),
)

_ROLE = Needs(
    create=(
        step("iam:CreateRole", new("role"), carry=_wanted_boundary),
        tag_new("iam:TagRole", new("role")),
        step("iam:PutRolePolicy", the("role"), when=("inlinePolicies",), carry=_wanted_boundary),
        step("iam:AttachRolePolicy", the("role"), when=("managedPolicyArns",), carry=_wanted_boundary),
    ),
    read=_READ_ROLE,
    update=(
        step("iam:UpdateAssumeRolePolicy", the("role"), when=("assumeRolePolicy",), carry=_present_boundary),
        step("iam:UpdateRoleDescription", the("role"), when=("description",), carry=_present_boundary),
        step("iam:UpdateRole", the("role"), when=("maxSessionDuration",), carry=_present_boundary),
        step(
            "iam:PutRolePermissionsBoundary",
            the("role"),
            when=("permissionsBoundary",),
            carry=_wanted_boundary,
            only=_sets_boundary,
        ),
        step(
            "iam:DeleteRolePermissionsBoundary",
            the("role"),
            when=("permissionsBoundary",),
            carry=_present_boundary,
            only=_drops_boundary,
        ),
        step("iam:PutRolePolicy", the("role"), when=("inlinePolicies",), carry=_present_boundary),
        step("iam:DeleteRolePolicy", the("role"), when=("inlinePolicies",), carry=_present_boundary),
        step("iam:AttachRolePolicy", the("role"), when=("managedPolicyArns",), carry=_present_boundary),
        step("iam:DetachRolePolicy", the("role"), when=("managedPolicyArns",), carry=_present_boundary),
        *tagging_on("iam:TagRole", "iam:UntagRole", the("role")),
    ),
    delete=(
        step("iam:ListInstanceProfilesForRole", the("role")),
        step("iam:ListAttachedRolePolicies", the("role"), when=_MANAGED),
        step("iam:DetachRolePolicy", the("role"), when=_MANAGED, carry=_present_boundary),
        step("iam:ListRolePolicies", the("role"), when=_INLINE),
        step("iam:DeleteRolePolicy", the("role"), when=_INLINE, carry=_present_boundary),
        step("iam:DeleteRole", the("role"), carry=_present_boundary),
    ),
)

_POLICY = Needs(
    create=(step("iam:CreatePolicy", new("policy")), tag_new("iam:TagPolicy", new("policy"))),
    read=(step("iam:GetPolicy", the("policy")), step("iam:GetPolicyVersion", the("policy"))),
    update=(
        # Of five versions the oldest has to go before a sixth can come.
        step("iam:ListPolicyVersions", the("policy"), when=("policy",)),
        step("iam:DeletePolicyVersion", the("policy"), when=("policy",)),
        step("iam:CreatePolicyVersion", the("policy"), when=("policy",)),
        *tagging_on("iam:TagPolicy", "iam:UntagPolicy", the("policy")),
    ),
    delete=(
        step("iam:ListPolicyVersions", the("policy")),
        step("iam:DeletePolicyVersion", the("policy")),
        step("iam:DeletePolicy", the("policy")),
    ),
)

# A profile with a role in it hands the role to instances, so the right to pass it is asked for as well.
_FILL_PROFILE = (
    step("iam:AddRoleToInstanceProfile", the("instance-profile"), when=("role",)),
    step("iam:PassRole", passed_role, when=("role",), carry=lambda _: PASSED_TO_EC2),
)
_EMPTY_PROFILE = step("iam:RemoveRoleFromInstanceProfile", the("instance-profile"), when=("role",))

_PROFILE = Needs(
    create=(
        step("iam:CreateInstanceProfile", new("instance-profile")),
        tag_new("iam:TagInstanceProfile", new("instance-profile")),
        *_FILL_PROFILE,
    ),
    # The provider asks whether the role that it holds is still there.
    read=(
        step("iam:GetInstanceProfile", the("instance-profile")),
        step("iam:GetRole", passed_role, only=lambda subject: bool(subject.value("role"))),
    ),
    update=(
        _EMPTY_PROFILE,
        *_FILL_PROFILE,
        *tagging_on("iam:TagInstanceProfile", "iam:UntagInstanceProfile", the("instance-profile")),
    ),
    delete=(_EMPTY_PROFILE, step("iam:DeleteInstanceProfile", the("instance-profile"))),
)


def _service_linked(subject: Subject) -> Found:
    service = subject.text("awsServiceName") or "*"
    known = subject.outputs.get("arn")
    path = f"iam:role/aws-service-role/{service}/{{}}"
    yield (known if isinstance(known, str) else arn(subject, path, "*")), {"iam:AWSServiceName": service}


TYPES: Mapping[str, Needs] = {
    ROLE: _ROLE,
    POLICY: _POLICY,
    PROFILE: _PROFILE,
    "aws:iam/rolePolicy:RolePolicy": Needs(
        create=(step("iam:PutRolePolicy", named_role, carry=_boundary_of_role),),
        read=(step("iam:GetRolePolicy", named_role),),
        update=(step("iam:PutRolePolicy", named_role, carry=_boundary_of_role),),
        delete=(step("iam:DeleteRolePolicy", named_role, carry=_boundary_of_role),),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Needs(
        create=(step("iam:AttachRolePolicy", named_role, carry=_attached),),
        read=(step("iam:ListAttachedRolePolicies", named_role),),
        delete=(step("iam:DetachRolePolicy", named_role, carry=_attached),),
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": Needs(
        create=(step("iam:CreateServiceLinkedRole", _service_linked),),
        read=(step("iam:GetRole", _service_linked),),
        update=(step("iam:UpdateRoleDescription", _service_linked, when=("description",)),),
        delete=(
            step("iam:DeleteServiceLinkedRole", _service_linked),
            step("iam:GetServiceLinkedRoleDeletionStatus", _service_linked),
        ),
    ),
}

"""What members of a workspace may do: by the workspace's tag where AWS has tags, else by the cloud-config's names.

Nobody of them may make roles: clusters of developers run with roles that are there. The bucket and the table are the
cloud-config's, so jobs and records of its other workspaces can be read, too.

Developers and admins run `up`, so they read and write the state of stacks, and its folder in the bucket knows no
workspaces. Whoever writes a state can have the next `up` of it do what they like, with the rights of whoever runs it:
all who deploy trust each other across a cloud-config, and teams that do not need one each. What every node would
install from the bucket (``agent/mirror/``) members do not write. Packages of clusters they do: nodes know their
checksums.
"""

from dataclasses import replace

from bodo_infra.aws.policies import compute, identity, network, records, storage, traffic
from bodo_infra.aws.policies.statements import Scope, Statement, Tag
from bodo_infra.scope import AGENT_PREFIX, NODE_PREFIXES, STATE_PREFIX, WORKSPACE_TAG
from bodo_infra.spec.workspace import MemberKind

MEMBERS = "members"

_ANY_UUID = "-".join("?" * length for length in (8, 4, 4, 4, 12))  # nothing below `mirror/wheels/` has a dash there


def member_policy(scope: Scope, workspace_uuid: str, member: MemberKind) -> tuple[Statement, ...]:
    """For one inline policy; AWS allows 10,240 characters for all that a role has."""
    tag = Tag(key=WORKSPACE_TAG, value=workspace_uuid)
    if member == "viewers":
        return _views(scope)
    developer = (*compute.statements(scope, tag), identity.pass_to_nodes(scope), *_works(scope))
    if member == "developers":
        return developer
    return (*developer, *_administers(scope, tag))


def _administers(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    """Changing what the workspace has; of any kind, as the tag tells: kinds would not fit into one policy."""
    changes = (network.change_own(scope, tag), traffic.change_own(scope, tag))
    return (
        *(replace(each, component=MEMBERS, resources=(scope.arn("ec2", "*"),)) for each in changes),
        replace(storage.change_own(scope, tag), component=MEMBERS),
        replace(storage.looks(), component=MEMBERS),
        replace(storage.last_backup(scope, tag), component=MEMBERS),
    )


def _views(scope: Scope) -> tuple[Statement, ...]:
    return (
        compute.looks(),
        records.list_bucket(scope),
        Statement(
            sid="ReadJobs",
            component=MEMBERS,
            why="Only jobs, logs and results; not the state of stacks, which holds secrets.",
            actions={"s3:GetObject": "logs and results"},
            resources=scope.objects(*NODE_PREFIXES),
        ),
        Statement(
            sid="ReadRecords",
            component=MEMBERS,
            why="Only the cloud-config's own table.",
            actions={"dynamodb:GetItem": "a job, a cluster", "dynamodb:Query": "lists of them"},
            resources=(scope.table_arn,),
        ),
        *_key(scope, "kms:Decrypt"),
    )


def _works(scope: Scope) -> tuple[Statement, ...]:
    return (
        records.list_bucket(scope),
        Statement(
            sid="Objects",
            component=MEMBERS,
            why="Only in the cloud-config's own bucket, and only below the prefixes in use.",
            actions={
                "s3:DeleteObject": "unlock a state; a version of it is kept",
                "s3:GetObject": "states, logs and results",
                "s3:PutObject": "write and lock states, hand jobs over",
            },
            resources=scope.objects(STATE_PREFIX, *NODE_PREFIXES),
        ),
        *_agent_packages(scope),
        records.items(scope),
        *_key(scope, "kms:Decrypt", "kms:GenerateDataKey"),
    )


def _agent_packages(scope: Scope) -> tuple[Statement, ...]:
    find, bring = records.agent_packages(scope)
    packages = f"{scope.bucket_arn}/{AGENT_PREFIX}{_ANY_UUID}/*.zip"
    why = "Only packages of clusters, whose checksum nodes know; not the mirror, from which every node installs."
    return find, replace(bring, resources=(packages,), why=why)


def _key(scope: Scope, *actions: str) -> tuple[Statement, ...]:
    if not scope.key_arn:
        return ()
    whole = records.use_key(scope, "dynamodb", "s3")
    return (replace(whole, component=MEMBERS, actions={action: whole.actions[action] for action in actions}),)

"""What forbids that a resource goes, what goes with it, and what it leaves."""

import hashlib

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.rules.references import Kind
from bodo_infra.plugin.account.store import AccountStore, Row

_PROTECTIONS = {
    t.TABLE: "deletionProtectionEnabled",
    t.LOG_GROUP: "deletionProtectionEnabled",
    t.INSTANCE: "disableApiTermination",
}


def check_end(row: Row, store: AccountStore) -> str | None:
    """Why a resource cannot go now, as AWS would say; None when it can."""
    protection = _PROTECTIONS.get(row.type)
    lifted = row.type == t.INSTANCE and row.inputs.get("forceDestroy") is True
    if protection and row.inputs.get(protection) is True and not lifted:
        return f"OperationNotPermitted: {row.id} has {protection}"
    for link in store.users_of(row):
        if link.kind == Kind.HOLDS.value and not _is_forced(row, link.user[0]):
            user_type, user_id, _ = link.user
            return f"DependencyViolation: {row.id} is used by {user_type.rpartition(':')[2]} {user_id} ({link.path})"
    return None


def parts_of(row: Row, store: AccountStore) -> list[Row]:
    """Resources that end with this one, and theirs."""
    found = []
    for link in store.users_of(row):
        if link.kind == Kind.PART.value or _is_forced(row, link.user[0]):
            part = store.get(*link.user)
            if part is not None:
                found += [part, *parts_of(part, store)]
    return found


def left_by(row: Row) -> Row | None:
    """What AWS makes of a resource that goes: the last backup of a Lustre file system, unless nobody wants one."""
    if row.type != t.LUSTRE or row.inputs.get("skipFinalBackup") is not False:
        return None
    id = f"backup-{hashlib.sha256(row.id.encode()).hexdigest()[:17]}"
    arn = str(row.arn).replace(f"file-system/{row.id}", f"backup/{id}")
    tags = row.inputs.get("finalBackupTags") or {}
    inputs = {"fileSystemId": row.id, "tags": tags}
    outputs = {**inputs, "arn": arn, "tagsAll": tags, "type": "USER_INITIATED", "kmsKeyId": row.outputs.get("kmsKeyId")}
    urn = f"{row.urn}-last-backup"
    return Row(type=t.LUSTRE_BACKUP, id=id, region=row.region, urn=urn, inputs=inputs, outputs=outputs, arn=arn)


def _is_forced(row: Row, user_type: str) -> bool:
    """Whether the user of a resource is taken away with it because the program said so."""
    if row.type == t.BUCKET:
        return user_type in t.BUCKET_OBJECTS and row.inputs.get("forceDestroy") is True
    roles = (t.ROLE_POLICY, t.ROLE_POLICY_ATTACHMENT)
    return row.type == t.ROLE and user_type in roles and row.inputs.get("forceDetachPolicies") is True

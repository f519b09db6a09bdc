"""Types whose creation is a put: one that is there already is written over, without an error."""

from bodo_infra.plugin.account.rules import tokens as t

_PUTS = frozenset(
    {
        *t.BUCKET_SETTINGS,
        *t.BUCKET_OBJECTS,
        t.ROLE_POLICY,
        t.ROLE_POLICY_ATTACHMENT,
        t.METRIC_ALARM,
        t.EVENT_TARGET,
        t.AUTOSCALING_SCHEDULE,
        t.LIFECYCLE_HOOK,
        t.EFS_POLICY,
        t.EFS_BACKUP,
        t.INSTANCE_STATE,
        t.TOPIC,
    }
)


def overwrites(type: str) -> bool:
    """Whether a second creation under the same id is no conflict."""
    return type in _PUTS

"""How a provider is configured: region, default tags, roles to assume. From the engine's texts to typed values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from bodo_infra import catalog
from bodo_infra.plugin.account.schema_check import check_provider
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value, without_secrets

_OF_THE_ENGINE = ("version", "pluginDownloadURL", "parameterization")


@dataclass(frozen=True, kw_only=True)
class AssumedRole:
    """A role that the provider works as. ``arn``: ``arn:aws:iam::000000000000:role/deployer``."""

    arn: str
    external_id: str | None = None
    session_name: str = "pulumi"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A provider's configuration. ``assume_roles``: one after the other, the last is the one that acts."""

    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict)
    assume_roles: tuple[AssumedRole, ...] = ()


def read_settings(config: Bag, environ: Mapping[str, str]) -> Settings:
    """The settings in a configuration that has been checked."""
    values = decoded(config)
    roles = values.get("assumeRoles") or []
    return Settings(
        region=_region(values, environ) or "",
        default_tags=(values.get("defaultTags") or {}).get("tags") or {},
        assume_roles=tuple(
            AssumedRole(
                arn=role["roleArn"],
                external_id=role.get("externalId"),
                session_name=role.get("sessionName") or "pulumi",
            )
            for role in roles
            if role.get("roleArn")
        ),
    )


def check_settings(config: Bag, environ: Mapping[str, str]) -> tuple[Failure, ...]:
    """Everything that is wrong with the configuration of the aws provider."""
    failures = list(check_provider("aws", decoded(config)))
    region = _region(config, environ)
    if region is None:
        failures.append(Failure(name="region", reason="it is missing; run `pulumi config set aws:region us-east-1`"))
    elif isinstance(region, str) and region not in catalog.regions():
        failures.append(Failure(name="region", reason=f"{region!r} is no region of AWS"))
    return tuple(failures)


def _region(config: Bag, environ: Mapping[str, str]) -> Value:
    return config.get("region") or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or None


def decoded(config: Bag) -> Bag:
    """A provider's settings, without those of the engine. Nested ones come as JSON texts."""
    values = {}
    for name, value in without_secrets(config).items():
        if name not in _OF_THE_ENGINE and not name.startswith("__"):
            values[name] = _unpacked(value)
    return values


def _unpacked(value: Value) -> Value:
    if isinstance(value, str) and value is not UNKNOWN and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value

"""References to secrets: where a value is found, never the value itself."""

from typing import Annotated, Literal

from pydantic import StringConstraints

SecretSource = Literal["env", "file", "ssm", "keyvault"]

# env:NAME | file:PATH | ssm:/path | keyvault:vault/name
SECRET_PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|ssm:/[A-Za-z0-9_./-]+|keyvault:[A-Za-z0-9-]+/[A-Za-z0-9-]+)$"

SecretReference = Annotated[str, StringConstraints(pattern=SECRET_PATTERN)]


def split_reference(reference: str) -> tuple[SecretSource, str]:
    """``env:TOKEN`` -> ``("env", "TOKEN")``. The reference has passed SECRET_PATTERN."""
    source, _, place = reference.partition(":")
    return source, place  # type: ignore[return-value]  # the pattern admits only the four words

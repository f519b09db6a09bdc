"""References to secrets: where a value is found, never the value itself."""

from typing import Annotated

from pydantic import StringConstraints

# env:NAME | file:PATH | ssm:/path | keyvault:vault/name
SECRET_PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|ssm:/[A-Za-z0-9_./-]+|keyvault:[A-Za-z0-9-]+/[A-Za-z0-9-]+)$"

SecretReference = Annotated[str, StringConstraints(pattern=SECRET_PATTERN)]

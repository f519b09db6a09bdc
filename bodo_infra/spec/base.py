"""What all specs share: unknown keys are refused, values are plain and frozen, names follow one rule."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# Fits a host name and every service that we name things in: an RFC 1123 label, shortened to leave room for suffixes.
NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
NAME_MAX = 40

Name = Annotated[
    str,
    StringConstraints(pattern=NAME_PATTERN, max_length=NAME_MAX),
    Field(description="Lower-case letters, digits and single dashes, starting with a letter; at most 40."),
]
Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 30)]
Tags = dict[str, str]


class Spec(BaseModel):
    """Base of everything that a person writes."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, validate_default=True)

    def plain(self) -> dict[str, Any]:
        """The spec as JSON values, without what was left at its default."""
        return self.model_dump(mode="json", exclude_defaults=True)

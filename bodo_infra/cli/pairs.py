"""Options of the form KEY=VALUE, as several commands take them."""

from collections.abc import Iterable

import click

from bodo_infra.redact import redact


def parse_pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """The values by their keys; the last one of a key wins. Raises BadParameter, which names ``option``."""
    pairs = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f"{redact(text)!r} has no form KEY=VALUE", param_hint=option)
        pairs[key.strip()] = value
    return pairs

"""May these Python packages be installed on nodes, beside the Bodo that the platform installs?

They become arguments of the installer on every node, so whatever it would read as an option, a file or a password is
kept away.  Source of the forms: PEP 508 and PEP 440.
"""

import re
from collections.abc import Sequence

from bodo_infra.checks.findings import Finding
from bodo_infra.redact import redact

# Blanks and tabs only: what the installer takes for the end of a line would begin another one.
_GAP = r"[ \t]*"
_VERSION = rf"(?:===?|~=|!=|<=|>=|<|>){_GAP}[A-Za-z0-9_.*+!-]+"
REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    rf"{_GAP}(?:\[[A-Za-z0-9_., -]*\])?{_GAP}"
    rf"(?:(?P<versions>{_VERSION}(?:{_GAP},{_GAP}{_VERSION})*)|@{_GAP}(?P<url>https://[^\s;'\"`$\\]+))?"
    rf"{_GAP}(?:;[A-Za-z0-9_ .'\"<>=!~(),*+-]+)?"
)
BODO_VERSION = re.compile(r"20\d\d\.\d{1,2}(?:\.\d+)*(?:(?:a|b|rc)\d+)?", re.ASCII)
# Each brings an MPI of its own: nodes would start with one and compute with the other.
OTHER_MPIS = ("impi-rt", "mpich", "openmpi", "intel-mpi", "msmpi")


def check_bodo_version(version: str | None) -> list[Finding]:
    """No release number of Bodo."""
    if version is None or BODO_VERSION.fullmatch(version):
        return []
    rule, fix = "must be a release of Bodo", "Write year and month, such as 2026.10 or 2026.2.1, in quotes"
    return [Finding(id="cluster.bodo-version", path="bodo_version", value=version, rule=rule, fix=fix)]


def check_packages(lines: Sequence[str]) -> list[Finding]:
    """Lines that are no requirements, name a package twice, or name one that would break the nodes' Bodo."""
    result = []
    seen: dict[str, int] = {}
    for index, line in enumerate(lines):
        broken = _broken_rule(line, seen)
        match = REQUIREMENT.fullmatch(line)
        if match is not None:
            seen.setdefault(_normal(match["name"]), index)
        if broken is not None:
            rule, fix = broken
            path = f"packages[{index}]"
            result.append(Finding(id="cluster.package", path=path, value=redact(line), rule=rule, fix=fix))
    return result


def _broken_rule(line: str, seen: dict[str, int]) -> tuple[str, str] | None:
    """Rule and fix, or None when the line is sound."""
    match = REQUIREMENT.fullmatch(line)
    if match is None:
        return "is no requirement line", "Write name and versions, such as pyarrow>=22,<23, without options of pip"
    name, url = _normal(match["name"]), match["url"]
    if url is not None and "@" in url.partition("//")[2].partition("/")[0]:
        return "holds a user name or password, which would be stored and shown", "Install it from a public place"
    if name == "bodo":
        return "is what the platform itself installs", "Remove it, and set bodo_version"
    if name in OTHER_MPIS:
        return "brings an MPI of its own beside the one of Bodo", "Remove it"
    if name in seen:
        return f"names a package that packages[{seen[name]}] names too", "Join the two lines"
    return None


def _normal(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()

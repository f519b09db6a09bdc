"""Is this organization sound?"""

from bodo_infra.checks.findings import Finding
from bodo_infra.spec.organization import OrganizationSpec


def check_organization(spec: OrganizationSpec) -> list[Finding]:
    """Every reason why this organization would do other than it says."""
    found, seen = [], set[str]()
    for index, member in enumerate(spec.members):
        email = member.email.lower()
        if email in seen:
            rule, fix = "stands twice among the members", "Keep one of the entries"
            path = f"members[{index}].email"
            found.append(Finding(id="organization.member-twice", path=path, value=email, rule=rule, fix=fix))
        seen.add(email)
    return found

"""Where a job's program comes from: brings it into a folder that the ranks run in."""

from dataclasses import dataclass
from pathlib import Path

from bodo_infra.errors import InputError
from bodo_infra.runtime import secrets
from bodo_infra.runtime.attempt import Order
from bodo_infra.runtime.git import Git
from bodo_infra.runtime.git_errors import Credentials
from bodo_infra.runtime.git_url import GitPlace, parse_git_url

DEFAULT_USERNAME = "git"
"""With an access token as password, hosts take any user name; they insist that there is one."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """The program's folder; ``commit`` is None when it comes from no repository."""

    folder: Path
    commit: str | None = None


def fetch_source(order: Order, git: Git) -> Source:
    """Bring the source of an order to this machine. Raises InputError and HostError."""
    if order.source.kind == "git":
        place = parse_git_url(order.source.url, order.source.reference)
        checkout = git.check_out(place, _credentials(order, git, place), Path(order.checkouts_path))
        return Source(folder=checkout.folder, commit=checkout.commit)
    if order.source.kind == "folder":
        return Source(folder=shared_folder(Path(order.shared_path), order.source.path))
    raise InputError(
        f"source.kind = {order.source.kind}: a cluster on this machine reads git and folder sources only",
        "Use `kind: git` or `kind: folder`, or run the job on an aws cluster",
    )


def shared_folder(shared: Path, path: str) -> Path:
    """The folder ``path`` of the workspace's shared files. Raises InputError when it is missing or lies outside."""
    folder = (shared / path).resolve()
    if not folder.is_relative_to(shared.resolve()):
        raise InputError(
            f"source.path = {path}: leads out of the workspace's shared files ({shared})",
            "Copy the folder into the shared files",
        )
    if not folder.is_dir():
        raise InputError(
            f"source.path = {path}: there is no such folder in the workspace's shared files ({shared})",
            "Check the path; it is relative to the shared files",
        )
    return folder


def _credentials(order: Order, git: Git, place: GitPlace) -> Credentials | None:
    reference = order.source.password
    if reference is None or place.protocol not in ("http", "https"):
        return None
    handed_over = Path(order.secrets_path) if order.secrets_path else None
    return Credentials(
        username=order.source.username or DEFAULT_USERNAME,
        password=secrets.resolve(reference, handed_over, git.machine),
        reference=reference,
    )

"""The Pulumi engine (the `pulumi` command): where it is, and how this machine gets one.

pip does not bring it. It is looked for on PATH and in our cache; `install_engine` fetches it with the SDK's own
installer (``engine_vendor``), or builds it from the pinned Go module (``engine_build``).
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bodo_infra.driver.engine_build import ENGINE_VERSION, LANGUAGE_HOST, Report, build_engine, find_go
from bodo_infra.driver.engine_vendor import VENDOR, Vendor
from bodo_infra.errors import HostError

MINIMUM_VERSION = (3, 181, 0)
"""The oldest engine with which the SDK refreshes and destroys inline programs."""

WAYS_OUT = (
    "One of three things helps: put `pulumi` with its `pulumi-language-python` on PATH; or let this machine reach the "
    "vendor's site (get.pulumi.com); or install Go >= 1.26. Then run `bodo-infra engine install`"
)

_SCRATCH_PREFIX = ".installing-"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An engine that we can use. ``version``: such as ``3.258.0``. ``origin``: where it was found."""

    path: Path
    version: str
    origin: Literal["PATH", "cache"]


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a search found. ``passed_over``: the engines that are there but of no use to us, each with the reason."""

    engine: Engine | None
    passed_over: tuple[str, ...]


def find_engine(environ: Mapping[str, str] = os.environ) -> Engine | None:
    """Return the engine on PATH when it is new enough and runs Python programs, else our cache's, else None."""
    return search_engine(environ).engine


def require_engine(environ: Mapping[str, str] = os.environ) -> Engine:
    """Return what ``find_engine`` finds; HostError with the ways to get an engine when there is none."""
    search = search_engine(environ)
    if search.engine is None:
        raise _no_engine(search.passed_over)
    return search.engine


def search_engine(environ: Mapping[str, str] = os.environ) -> Search:
    """Look for an engine, and keep the reasons why some were passed over."""
    passed_over = []
    on_path = shutil.which("pulumi", path=environ.get("PATH", ""))
    if on_path is not None:
        judged = _judge(Path(on_path), environ)
        if isinstance(judged, Engine):
            return Search(engine=judged, passed_over=())
        passed_over.append(judged)
    return Search(engine=_cached_engine(engine_root(environ)), passed_over=tuple(passed_over))


def engine_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of our own engine, whose ``bin`` holds it once it is installed."""
    # The XDG rule: a relative path in the variable is to be ignored.
    cache = Path(environ.get("XDG_CACHE_HOME", ""))
    if not cache.is_absolute():
        cache = Path(environ["HOME"] if environ.get("HOME") else "~").expanduser() / ".cache"
    return cache / "bodo-infra" / "engine" / f"v{ENGINE_VERSION}"


def install_engine(
    report: Report,
    *,
    environ: Mapping[str, str] = os.environ,
    vendor: Vendor = VENDOR,
) -> Engine:
    """Return an engine, after getting one into our cache if there is none yet.

    ``report`` takes lines for a person. Safe to interrupt or kill at any time, and to call from several processes at
    once: one does the work, the others wait. Raises HostError when no way leads to an engine.
    """
    search = search_engine(environ)
    if search.engine is not None:
        return search.engine
    for reason in search.passed_over:
        report(reason)
    root = engine_root(environ)
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        with _alone(root.parent / "install.lock", report):
            made_meanwhile = _cached_engine(root)
            if made_meanwhile is not None:
                return made_meanwhile
            _remove_leftovers(root)
            with tempfile.TemporaryDirectory(
                prefix=_SCRATCH_PREFIX, dir=root.parent, ignore_cleanup_errors=True
            ) as scratch:
                made = _obtain(Path(scratch), report, environ, vendor, search.passed_over)
                # The one step that makes it visible: whoever finds the folder finds it whole.
                made.rename(root)
    except OSError as error:
        raise HostError(
            f"the engine could not be stored in {root}: {error}",
            "Free some disk space, or name another folder with XDG_CACHE_HOME",
        ) from error
    engine = _cached_engine(root)
    if engine is None:
        raise HostError(f"{root} was installed but holds no engine", "Remove that folder and install again")
    report(f"The engine v{engine.version} is in {engine.path.parent}")
    return engine


def _judge(path: Path, environ: Mapping[str, str]) -> Engine | str:
    """Return the engine at ``path``, or why it is of no use to us."""
    version = read_version(path, environ)
    if version is None:
        return f"{path} is passed over: `pulumi version` gives no version"
    if tuple(int(part) for part in version.split("-")[0].split(".")) < MINIMUM_VERSION:
        minimum = ".".join(map(str, MINIMUM_VERSION))
        return f"{path} is passed over: its version {version} is older than {minimum}, the oldest that serves"
    beside = (path.parent / LANGUAGE_HOST, path.resolve().parent / LANGUAGE_HOST)
    if not any(os.access(host, os.X_OK) for host in beside) and not shutil.which(
        LANGUAGE_HOST, path=environ.get("PATH", "")
    ):
        return f"{path} is passed over: there is no {LANGUAGE_HOST} beside it or on PATH, so it cannot run our programs"
    return Engine(path=path, version=version, origin="PATH")


def read_version(path: Path, environ: Mapping[str, str]) -> str | None:
    """Return what ``pulumi version`` answers, such as ``3.258.0``; None when that is no version."""
    quiet = {**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run([path, "version"], capture_output=True, text=True, env=quiet, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(r"v?(\d+\.\d+\.\d+(-\S+)?)", answer.stdout.strip())
    return match[1] if match and answer.returncode == 0 else None


def _cached_engine(root: Path) -> Engine | None:
    """Return the engine of our cache. Its folder appears in one step and is named by version, so nothing is started."""
    binaries = root / "bin"
    whole = all(os.access(binaries / name, os.X_OK) for name in ("pulumi", LANGUAGE_HOST))
    return Engine(path=binaries / "pulumi", version=ENGINE_VERSION, origin="cache") if whole else None


@contextlib.contextmanager
def _alone(lock: Path, report: Report) -> Iterator[None]:
    """Hold ``lock``; the kernel frees it when its holder dies, however it dies."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("Another installation of the engine is under way: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _remove_leftovers(root: Path) -> None:
    """Remove what killed installations left, and an engine of which somebody removed a part."""
    for leftover in root.parent.glob(f"{_SCRATCH_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if root.exists():
        shutil.rmtree(root)


def _obtain(
    scratch: Path,
    report: Report,
    environ: Mapping[str, str],
    vendor: Vendor,
    passed_over: tuple[str, ...],
) -> Path:
    """Make an engine in ``scratch`` by the first way that leads to one; return its folder."""
    reasons = list(passed_over)
    if vendor.is_reachable():
        report(f"Downloading the Pulumi engine v{ENGINE_VERSION} from the vendor's site")
        downloaded = scratch / "downloaded"
        failure = vendor.download(downloaded)
        if failure is None and _cached_engine(downloaded):
            return downloaded
        reasons.append(f"the SDK's installer failed: {failure or 'what it left is no whole engine'}")
    else:
        reasons.append("the vendor's site cannot be reached")
    report(f"No engine yet: {reasons[-1]}")
    try:
        go = find_go(environ)
    except HostError as error:
        raise _no_engine((*reasons, error.message)) from error
    built, workshop = scratch / "built", scratch / "build"
    workshop.mkdir()
    build_engine(go, built, workshop, report, environ)
    version = read_version(built / "bin" / "pulumi", environ)
    if version != ENGINE_VERSION:
        raise HostError(
            f"the engine was built but says version {version} instead of {ENGINE_VERSION}",
            "Check that nothing in the environment changes Go's build (GO* variables), then install again",
        )
    return built


def _no_engine(reasons: tuple[str, ...]) -> HostError:
    found = "".join(f"\n  {reason}" for reason in reasons)
    return HostError(f"There is no Pulumi engine on this machine that bodo_infra can use.{found}", WAYS_OUT)

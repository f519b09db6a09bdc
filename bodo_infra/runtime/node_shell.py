"""The stand-in for ssh that lets one machine be many nodes: Hydra calls it as ``SHELL [-options] NODE command...``.

It enters a UTS namespace of its own, takes the node's name there and runs the command: ``hostname`` and
``MPI.Get_processor_name()`` then tell the node, with no network, no daemon and no keys. ``write_remote_shell`` puts a
copy of this very file where Hydra can run it.

Whatever launches a rank passes here, so this file imports the standard library only, and little of it.
"""

# ruff: noqa: PTH101, PTH105, PTH123

import os
import sys

TYPE_CHECKING = False  # typing and pathlib would double the start of every node
if TYPE_CHECKING:
    from pathlib import Path

CLONE_NEWUTS = 0x04000000  # <linux/sched.h>
CLONE_NEWUSER = 0x10000000
FORBIDDEN_EXIT_CODE = 77

PROBE_NODE = "bodo-infra-probe"


def node_and_command(arguments: list[str]) -> tuple[str, str]:
    """Split Hydra's arguments like ssh does: options without values (``-x``, ``-q``), the host, the command's words."""
    words = list(arguments)
    while words and words[0].startswith("-"):
        words.pop(0)
    return words[0], " ".join(words[1:])


def enter_node(name: str) -> None:
    """Give this process a host name of its own. Raises OSError where the system forbids namespaces."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    _check(libc.unshare(CLONE_NEWUTS if uid == 0 else CLONE_NEWUSER | CLONE_NEWUTS))
    if uid != 0:
        # Maps the user to himself, so that files keep their owner and `whoami` its answer.
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    encoded = name.encode()
    _check(libc.sethostname(encoded, len(encoded)))


def write_remote_shell(folder: "Path") -> "Path | None":
    """Write the shell into ``folder`` and return its path; None where this system forbids namespaces.

    It is run once to find out: containers and hardened systems answer differently from what their settings say.
    """
    import subprocess
    import tempfile

    with open(__file__) as source:
        text = source.read()
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".node-shell-")
    with os.fdopen(handle, "w") as file:
        file.write(_first_lines(sys.executable) + text)
    os.chmod(temporary, 0o755)
    shell = folder / "node-shell"
    os.replace(temporary, shell)
    try:
        probe = subprocess.run([shell, PROBE_NODE, "uname -n"], capture_output=True, text=True, check=False)
        answer = probe.stdout.strip()
    except OSError:  # a file system mounted noexec
        answer = ""
    if answer == PROBE_NODE:
        return shell
    shell.unlink()
    return None


def _first_lines(python: str) -> str:
    """Shell and Python read these lines differently: unlike ``#!python``, any length and blanks in the path will do.

    -I: the job's PYTHON* variables are not ours.  -S: no site-packages, which halves the start.
    """
    import shlex

    quoted = shlex.quote(python)
    return f"""#!/bin/sh
'''exec' {quoted} -IS "$0" "$@"
' '''
"""


def _check(result: int) -> None:
    if result != 0:
        import ctypes

        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def main() -> None:
    """Become the command, on the node."""
    node, command = node_and_command(sys.argv[1:])
    try:
        enter_node(node)
    except OSError as error:
        sys.stderr.write(f"cannot enter node {node}: {error.strerror}\n")
        sys.exit(FORBIDDEN_EXIT_CODE)
    os.execv("/bin/sh", ["sh", "-c", command])


if __name__ == "__main__":
    main()

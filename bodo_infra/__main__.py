"""Entry of the command, also as ``python -m bodo_infra``: Ctrl-C is answered from the first moment to the last."""

import signal
import sys

STOPPED = 130


def main() -> None:
    """Run the command line. All of it is loaded here, where an interruption on the way is no traceback."""
    try:
        from bodo_infra.cli import main as command

        command()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(STOPPED)
    finally:
        # Whoever presses it twice must not hit the interpreter while it ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()

"""`monitor` as a program: `python -m monitor`, and the script of that name."""

import signal
import sys


def main() -> None:
    """Be the `monitor` command.

    Told to stop while it still imports its libraries, `monitor run` stops as soon as it can, with exit code 0: SIGTERM
    is held back from here on until the service waits for it. (Process 1 of a container would even ignore it.)
    """
    if sys.argv[1:2] == ["run"]:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    from monitor import cli  # imported here: it takes most of the first second

    cli.main()


if __name__ == "__main__":
    main()

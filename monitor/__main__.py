"""`monitor` as a program: `python -m monitor`, and the script of that name."""

import signal
import sys


def main() -> None:
    """Be the `monitor` command.

    Told to stop while they still import their libraries, `monitor run` and `monitor tick` stop as soon as they can,
    with exit code 0: SIGTERM is held back from here on until they wait for it. (Process 1 of a container would even
    ignore it.)
    """
    if sys.argv[1:2] in (["run"], ["tick"]):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    from monitor import cli  # imported here: it takes most of the first second

    cli.main()


if __name__ == "__main__":
    main()

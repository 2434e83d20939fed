"""`monitor` as a program: `python -m monitor`, and the script of that name."""

import signal
import sys


def main() -> None:
    """Be the `monitor` command.

    Told to stop, or to load its configuration again, while it still imports its libraries, a service does so as soon as
    it can: both signals are held back from here on until it waits for them. (SIGHUP would end it, and process 1 of a
    container would even ignore SIGTERM.)
    """
    word = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    if word in ("run", "worker"):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGHUP])
    from monitor import cli  # imported here: it takes most of the first second

    cli.main()


if __name__ == "__main__":
    main()

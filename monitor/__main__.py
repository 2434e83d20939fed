"""`monitor` as a program: `python -m monitor`, and the script of that name."""

import gc
import signal
import sys

#: What is held back for a process that runs until it is told to stop.
_OF_A_SERVICE = (signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Be the `monitor` command.

    Told to stop, or to load its configuration again, while it still imports its libraries, a service does so as soon as
    it can: both signals are held back from here on until it waits for them, and SIGTERM for `monitor tick` as well.
    (SIGHUP would end it, and process 1 of a container would even ignore SIGTERM.)
    """
    word = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    held = {"run": _OF_A_SERVICE, "worker": _OF_A_SERVICE, "tick": (signal.SIGTERM,)}.get(word, ())
    signal.pthread_sigmask(signal.SIG_BLOCK, held)
    gc.disable()  # `cli.load` enables it: what imports make stays, and searching it for garbage is a sixth of the start
    from monitor import cli  # imported here: it takes most of the first second

    cli.main()


if __name__ == "__main__":
    main()

"""`monitor WORDS` on a machine that has run out of something: disk, descriptors, the right to write."""

from __future__ import annotations

import subprocess
import sys

from tests.support.installation import World

#: prctl(PR_CAPBSET_DROP, …): a program begun afterwards obeys the permissions of files though it is root's.
_LIMITED = """
import ctypes, os, resource, sys
largest, descriptors, obeys, *command = sys.argv[1:]
for which, most in ((resource.RLIMIT_FSIZE, int(largest)), (resource.RLIMIT_NOFILE, int(descriptors))):
    if most:
        resource.setrlimit(which, (most, most))
for capability in (1, 2) if obeys == "True" else ():
    ctypes.CDLL(None).prctl(24, capability)
os.execv(command[0], command)
"""


def limited(
    world: World, *words: str, given: str = "", largest: int = 0, descriptors: int = 0, obeys: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `monitor WORDS` to its end with `given` on its pipe.

    No file may grow beyond `largest` bytes, no more than so many `descriptors` be open, 0 for no limit; it `obeys`
    permissions also when it is root's.
    """
    limits = [str(largest), str(descriptors), str(obeys)]
    return subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", _LIMITED, *limits, *world.command(*words)],
        env=world.whole_environ,
        input=given,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )

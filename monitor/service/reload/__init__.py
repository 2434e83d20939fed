"""A changed configuration is taken without a restart.

`files` sees that files have changed, `checks` reads and checks them as a start does, `live` exchanges what the service
works with, `reports` is what services and `monitor reload` tell each other through the database.
"""

from monitor.service.reload.live import Live, running

__all__ = ["Live", "running"]

"""The web site for readers, subscribers, screeners and programs: pages, forms, feeds, JSON API and metrics.

`app(settings, links, db)` is the ASGI application, `serving` runs it on its port beside the service. Plain HTML without
scripts; GET and HEAD never change anything.
"""

from monitor.web.app import app
from monitor.web.server import serving

__all__ = ["app", "serving"]

"""The pages: topics, articles, digests, feeds, JSON, and what people do about subscriptions. Starlette lives here.

`app(settings, db, mailer)` makes the whole site, `serving` puts it on its port. Plain HTML from the
server, no script; GET and HEAD never change anything.
"""

from monitor.web.app import app
from monitor.web.server import serving

__all__ = ["app", "serving"]

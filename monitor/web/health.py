"""For machines: is the service alive and working, what may be crawled."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from monitor.errors import StoreError
from monitor.service.running import heartbeat
from monitor.web.responses import PRIVATE
from monitor.web.site import site_of


async def health(_request: Request) -> Response:
    """200 while the process answers, whatever it depends on: to start it anew would mend no database.

    On the event loop, so that it waits for no thread that pages may occupy.
    """
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": PRIVATE})


def ready(request: Request) -> Response:
    """200 while the database can be reached and the service's last heartbeat is recent enough; 503 otherwise."""
    site = site_of(request)
    try:
        with site.db.read() as tx:
            beat_at = heartbeat.last_beat(tx)
    except StoreError:
        return JSONResponse({"status": "no database"}, 503, {"Cache-Control": PRIVATE})
    is_alive = beat_at is not None and site.now() - beat_at <= heartbeat.MAX_AGE
    body = {"status": "ok" if is_alive else "stopped", "last_beat_at": beat_at.isoformat() if beat_at else None}
    return JSONResponse(body, 200 if is_alive else 503, {"Cache-Control": PRIVATE})


def robots(request: Request) -> Response:
    """The robots exclusion file (RFC 9309): everything may be crawled, personal pages too, but what is for machines.

    Only on a page it may read does a crawler see the `noindex`; one that is kept out may still list the URL of a
    link from a mail that somebody has forwarded to the web.
    """
    base = site_of(request).base
    rules = "".join(f"Disallow: {base}/{path}\n" for path in ("metrics", "healthz", "readyz", "operator"))
    return PlainTextResponse(f"User-agent: *\n{rules}", headers={"Cache-Control": "public, max-age=86400"})

"""The page of one article: its record, the verdicts on it and their basis, and everything that changed."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor import store
from monitor.render import citation_sources, text, urls
from monitor.web.pages.topic import kind_in_words, reason
from monitor.web.responses import PRIVATE, PUBLIC, page
from monitor.web.screening.pages import screener
from monitor.web.site import pmid_of, site_of, topic_of


def article_page(request: Request) -> Response:
    """Everything known of one article of a topic. Raises HTTPException 404 when no search of the topic ever found it.

    With the token of a screening link (`?screening=`) it links back to the screening page.
    """
    topic, pmid = topic_of(request), pmid_of(request)
    token = request.query_params.get("screening", "")
    by = screener(request, topic, token)
    with site_of(request).db.read() as tx:
        article = store.notices.overlaid(tx, topic.key, store.articles.known(tx, [pmid])).get(pmid)
        verdict = store.verdicts.current(tx, topic.key, [pmid]).get(pmid)
        changes = store.changes.for_article(tx, topic.key, pmid)
        if article is None or not (verdict or changes):
            raise HTTPException(404)
        values: dict[str, Any] = {
            "screening": store.screenings.current(tx, topic.key).get(pmid),
            "history": store.verdicts.history(tx, topic.key, pmid),
            "revisions": store.articles.revisions(tx, pmid),
            "cites": citation_sources.told_with_days(
                store.citations.seen_by(tx, store.topics.seed_pmid(tx, topic.key), pmid)
            ),
            "searches": store.matches.searches_of(tx, topic.key, [pmid]).get(pmid, ()),
        }
    return page(
        request,
        "article.html",
        cache=PRIVATE if by else PUBLIC,
        screener=by,
        token=token,
        topic=topic,
        article=article,
        title=text.title_markup(article, 4_000),
        authors=text.names(article.authors, is_complete=article.authors_complete),
        links=urls.article_links(article),
        verdict=verdict,
        changes=[(change, kind_in_words(change.kind), reason(change)) for change in changes],
        **values,
    )

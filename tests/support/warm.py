"""What a process of Monitor does once, at first use: importing this does it, so that processes forked later need not.

The rules and patterns of the evidence take half a second to compile, the templates as long.
"""

from __future__ import annotations

from monitor import resources
from monitor.digests.render import render
from monitor.evidence.article.assess import assess
from monitor.mail.authentication.records import organizational_domain
from monitor.render.templates import check_templates
from tests.support import digest_samples

_TEMPLATES = resources.folder("templates")
_NAMES = [str(path.relative_to(_TEMPLATES)) for path in _TEMPLATES.rglob("*.*") if path.suffix in {".html", ".txt"}]

for _article in digest_samples.ARTICLES.values():
    assess(_article, digest_samples.TOPIC)
check_templates(_NAMES)
render(digest_samples.every_kind(), digest_samples.TOPIC, digest_samples.SITE)
organizational_domain("example.org")

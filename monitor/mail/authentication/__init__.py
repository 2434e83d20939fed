"""Email authentication: the SPF, DKIM and DMARC records that receivers look up, and whether ours are right.

`records` has the records to publish, `resolver` queries the DNS, `spf` evaluates SPF records, `checks` compares.
"""

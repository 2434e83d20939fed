"""Several machines: `worker` does the units of work as jobs of procrastinate, an extra, on PostgreSQL.

`queues` says which unit is in which queue, `database` has the tables of procrastinate, `turns` the rate limit that all
workers share. Only `worker` and `database` import procrastinate.
"""

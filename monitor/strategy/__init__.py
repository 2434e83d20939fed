"""Try a search strategy before anyone is mailed: `backtest` on the past, `tune` against another strategy.

`collect` asks PubMed once, `past` gives back what it had on a day, `replay` runs the product's own polls and digests on
that in a temporary database.
"""

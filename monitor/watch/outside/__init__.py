"""What sources other than PubMed are asked, topic by topic: citation indexes, registries, retractions, preprints.

A source never takes anything away: a failure changes nothing and is recorded. Its first answer for a topic is a
baseline, which is stored and not told as news; one that is beyond belief is doubted.
"""

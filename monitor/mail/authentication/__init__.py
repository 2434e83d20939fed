"""What receivers look up before they believe our mail: the records to publish, and what the DNS says of them.

`records` knows what is needed, `lookup` asks the DNS, `spf` reads one kind of answer, `published` compares.
"""

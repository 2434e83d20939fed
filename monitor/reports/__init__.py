"""What a systematic review reports of a topic: searches as run, flow of records, evidence table, update."""

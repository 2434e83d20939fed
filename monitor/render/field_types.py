"""The kinds of value in the JSON API's structs, with their JSON Schema."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

#: An instant in UTC as text: msgspec would write a datetime with "Z" where the API has always had "+00:00".
Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Url = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
Pmid = Annotated[str, Meta(pattern="^[0-9]{1,10}$")]
Count = Annotated[int, Meta(ge=0)]
Score = Annotated[float, Meta(ge=0, le=1)]
Doi = Annotated[str, Meta(description="Empty when the article has none.")]

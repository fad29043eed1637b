"""The query that most repositories share."""

from __future__ import annotations

from typing import Any

from stores.mongo.connect import Collection
from stores.mongo.documents import Document


async def newest(where: Collection, query: dict[str, Any], by: str, limit: int) -> list[Document]:
    """At most `limit` documents, the latest first; of one moment, the one stored last.

    Among equals the order is the index's, read backwards: it must be an ascending one on `by`.
    """
    if limit <= 0:  # to the server, 0 means all
        return []
    return await where.find(query, sort={by: -1}, limit=limit).to_list()

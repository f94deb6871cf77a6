"""Records as JSON and as CSV, in full precision."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

Record = dict[str, Any]


def json_text(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_json(record: Mapping[str, object]) -> str:
    """Write one object."""
    return json_text(dict(record))


def to_csv(records: Sequence[Record]) -> str:
    """Write records of equal keys; booleans are ``true`` and ``false`` as in JSON."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(records[0]), lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow(
            {
                key: str(value).lower() if isinstance(value, bool) else value
                for key, value in record.items()
            }
        )
    return out.getvalue()

"""Whether an event keeps to the schema that is documented for its detail type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSON_TYPES: Mapping[str, type] = {
    "string": str, "integer": int, "object": dict, "null": type(None),
}  # fmt: skip


@dataclass(frozen=True)
class Documented:
    """The schemas of one file of docs/reference/events."""

    document: Mapping[str, Any]

    def keeps_to(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Hold the detail of an event against the schema of its type. Raises AssertionError."""
        self._object(detail, self._followed(self.document["properties"][detail_type]))

    def _followed(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        name = schema.get("$ref", "").rpartition("/")[2]
        found: Mapping[str, Any] = self.document["$defs"][name] if name else schema
        return found

    def _object(self, detail: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
        assert set(schema["required"]) <= set(detail) == set(schema["properties"])
        for name, value in detail.items():
            self._value(name, value, self._followed(schema["properties"][name]))

    def _value(self, name: str, value: object, asked: Mapping[str, Any]) -> None:
        kinds = [self._followed(each) for each in asked.get("anyOf", [asked])]
        fitting = [kind for kind in kinds if isinstance(value, JSON_TYPES[kind["type"]])]
        assert fitting, name
        assert value in fitting[0].get("enum", [value]), name
        assert value == fitting[0].get("const", value), name
        if "minimum" in fitting[0]:
            assert isinstance(value, int)
            assert value >= fitting[0]["minimum"], name
        if isinstance(value, dict):
            self._object(value, fitting[0])

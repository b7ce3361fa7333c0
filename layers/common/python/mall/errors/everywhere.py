"""What any operation may answer, whatever it is about."""

from mall.errors.refusal import Refusal


class Malformed(Refusal):
    """The body is not JSON, or not of a shape that could be read."""

    status, code, title = 400, "malformed", "The request could not be read."


class IdempotencyKeyRequired(Refusal):
    """The route moves something and the Idempotency-Key header is missing or unusable."""

    status, code = 400, "idempotency_key_required"
    title = "This route needs an Idempotency-Key header of 1 to 255 printable characters."


class BadCursor(Refusal):
    """The cursor was not issued for this list and this caller."""

    status, code, title = 400, "bad_cursor", "The cursor does not belong to this list."


class NotSignedIn(Refusal):
    """Something of a member's own was asked for without an access token that is good."""

    status, code, title = 401, "not_signed_in", "Sign in first."


class Forbidden(Refusal):
    """The caller is known and may not do this."""

    status, code, title = 403, "forbidden", "You may not do this."


class NotFound(Refusal):
    """No such thing, or it is another member's."""

    status, code, title = 404, "not_found", "There is no such thing here."


class VersionChanged(Refusal):
    """The document was changed since the version that this change is about. Fact: version."""

    status, code, title = 409, "version_changed", "The document has a newer version."


class AlreadyDecided(Refusal):
    """What waited for a second admin was decided otherwise. Fact: decision."""

    status, code, title = 409, "already_decided", "This was decided already."


class InUse(Refusal):
    """Something speaks of what would be gone: active rules (facts: names, rules), or products or
    categories of a category.
    """

    status, code, title = 409, "in_use", "Something needs what would be gone."


class Invalid(Refusal):
    """Values that were read and are not acceptable; `errors` names each field."""

    status, code, title = 422, "invalid", "Some values are not acceptable."

    @classmethod
    def of(cls, field: str, message: str) -> "Invalid":
        """What is wrong with one field, such as `lines.0.sku`."""
        return cls(faults=[{"field": field, "message": message}])


class IdempotencyKeyReused(Refusal):
    """The key was used on this route with another request."""

    status, code = 422, "idempotency_key_reused"
    title = "This Idempotency-Key was used with another request."


class RateLimited(Refusal):
    """Too many requests of one kind."""

    status, code, title = 429, "rate_limited", "Too many requests; wait a moment."
    retry_after_s = 30


class Busy(Refusal):
    """Rivals kept winning until the tries ran out: nothing was written. Or AWS did not answer.

    Then what became of the request is unknown; repeating it with the same key tells.
    """

    status, code, title = 503, "busy", "The system is busy; try again in a moment."
    retry_after_s = 1

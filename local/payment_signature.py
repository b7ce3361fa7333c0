"""How Stripe signs a delivery: a time and the HMAC of time and raw body, in one header."""

import hashlib
import hmac
import time


def signed(secret: str, body: bytes, at: int | None = None) -> str:
    """The `Stripe-Signature` header of a body, signed at `at` (seconds), now by default."""
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"

"""The demo accounts of one local stack: passwords made up once, kept with its state, never shared.

The same file keeps what repeated seeding must find unchanged: the moment the demo history is
counted from, and the secret that its redeemable codes come from.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.handover import Login
from local.progress import Failure

ADMIN = "admin"
APPROVER = "approver"
_FILE = "demo.json"
_ADMINS = {ADMIN: "admin@points-mall.example", APPROVER: "approver@points-mall.example"}
# Whatever the user pool's policy asks for: the random part alone is strong enough.
_EVERY_KIND = "-aA1"


@dataclass(frozen=True)
class Accounts:
    """Who the demo's people are, by role, and the constants of this stack's demo data."""

    logins: dict[str, Login]
    begun_at: datetime
    secret: str

    def codes(self, slug: str, count: int) -> list[str]:
        """`count` redeemable codes of a product: the same at each call, other in each stack."""
        return [self._code(f"{slug}/{number}") for number in range(count)]

    def _code(self, name: str) -> str:
        digest = hmac.new(self.secret.encode(), name.encode(), hashlib.sha256).hexdigest().upper()
        return "-".join(digest[start : start + 4] for start in range(0, 16, 4))

    def days_ago(self, days: int) -> str:
        """The RFC 3339 instant that many days before this stack's demo began."""
        moment = self.begun_at - timedelta(days=days)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_or_make(state: Path, emails: dict[str, str]) -> Accounts:
    """The accounts kept in the folder `state`, made up there at the first call.

    `emails` maps the role of each member to an e-mail address; two admins are added to them.
    Raises Failure when an older version made them, which knew fewer.
    """
    file = state / _FILE
    if not file.is_file():
        _make(file, _ADMINS | emails)
    kept = json.loads(file.read_bytes())
    if not kept["logins"].keys() >= (_ADMINS | emails).keys():
        raise Failure("An older version made the local state: `make run RESET=1` starts anew.")
    return Accounts(kept["logins"], datetime.fromisoformat(kept["begun_at"]), kept["secret"])


def _make(file: Path, emails: dict[str, str]) -> None:
    content = {
        "logins": {role: _login(email) for role, email in emails.items()},
        "begun_at": datetime.now(UTC).isoformat(),
        "secret": secrets.token_hex(32),
    }
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as output:
        json.dump(content, output, indent=2)
    fresh.replace(file)


def _login(email: str) -> Login:
    return {"email": email, "password": secrets.token_urlsafe(12) + _EVERY_KIND}

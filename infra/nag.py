"""Every exception from the AwsSolutions rules, in one place, each for one finding and a reason.

A reason says why the finding is right for this resource, not that it is unwanted. Exceptions are
attached to the one resource they are about; a new resource with the same finding fails the synth.
"""

from dataclasses import dataclass

import aws_cdk as cdk
from constructs import IConstruct


@dataclass(frozen=True)
class Accepted:
    """One finding that is accepted, in cdk-nag's own spelling, and why."""

    finding: str
    reason: str


XRAY_WRITES = Accepted(
    "AwsSolutions-IAM5[Resource::*]",
    "The two X-Ray write actions take no resource; everything else in the role names its own.",
)
RUNTIME = Accepted(
    "AwsSolutions-L1",
    "Python 3.13 is the version the layer is locked and tested for; the runtime is supported until "
    "2029 and is raised by a decision, see docs/decisions/0007-runtime-and-architecture.md.",
)
OPTIONAL_MFA = Accepted(
    "AwsSolutions-COG2",
    "The API does not offer a second factor yet, so requiring one would lock everybody out; until "
    "it does, an admin has a long password of their own and nothing else. See SECURITY.md.",
)
NO_PLUS_PLAN = Accepted(
    "AwsSolutions-COG8",
    "The plus plan is billed per monthly active member, against a mall that stays cheap; sign-in "
    "is limited by the API's throttle and the edge's rate rule instead.",
)
END_OF_THE_LINE = Accepted(
    "AwsSolutions-SQS3",
    "It is itself where failures end up, named by an event source or a schedule instead of by "
    "another queue; an alarm watches it.",
)
SIGNING_KEPT = Accepted(
    "AwsSolutions-SMG4",
    "It signs list cursors. A rotation on a timer would break every page a member has open; an "
    "operator replaces the value when it may have leaked.",
)
CODE_MACS_KEPT = Accepted(
    "AwsSolutions-SMG4",
    "Codes that were imported are known by what this secret makes of them. With another value they "
    "would all look new and could be imported, and so delivered, a second time: it never changes.",
)
PAYMENTS_BY_HAND = Accepted(
    "AwsSolutions-SMG4",
    "The provider issues the key and the webhook secrets, so a rotation begins there; functions "
    "read the secret anew within five minutes and accept two webhook secrets meanwhile.",
)
ORIGIN_BY_HAND = Accepted(
    "AwsSolutions-SMG4",
    "CloudFront reads it when the edge is deployed, so a rotation is a deployment: the operator "
    "moves `current` to `previous`, and functions accept both meanwhile.",
)
NO_GEO_RULE = Accepted(
    "AwsSolutions-CFR1",
    "Which countries a mall serves is the company's choice and not known to the template.",
)
DEFAULT_CERTIFICATE = Accepted(
    "AwsSolutions-CFR4",
    "A minimum TLS version needs a domain and certificate of the company's own; the "
    "distribution's default certificate cannot carry one.",
)
LOG_BUCKET = Accepted(
    "AwsSolutions-S1",
    "This bucket receives the access logs; logging its own access would feed itself for ever.",
)

FILES_UNLOGGED = Accepted(
    "AwsSolutions-S1",
    "Who asked for a statement is in the log of the function that signed its link; the objects are "
    "gone after a week, and a second bucket of access logs would say nothing more.",
)
IMAGES_UNLOGGED = Accepted(
    "AwsSolutions-S1",
    "Images are public once they are attached, and the edge logs who fetches them; who uploads is "
    "in the log of the function that signed the link.",
)


def objects_of(export: str) -> Accepted:
    """The objects of a bucket, as cdk-nag spells the bucket that a domain imports."""
    return Accepted(
        f"AwsSolutions-IAM5[Resource::{export}/*]",
        "Files are made under keys that nobody knows before; the actions on them are named.",
    )


def open_route(route: str) -> Accepted:
    """A route that anyone may call, by its line in the operations table."""
    return Accepted(
        "AwsSolutions-APIG4",
        f"{route} is for people without a token: its line in the operations table says `anyone`.",
    )


def accept(construct: IConstruct, *accepted: Accepted) -> None:
    """Accept findings on a resource."""
    for each in accepted:
        cdk.Validations.of(construct).acknowledge(
            cdk.Acknowledgment(id=each.finding, reason=each.reason)
        )

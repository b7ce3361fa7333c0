"""The refusal tree: every way the mall says no, with its code, status and facts.

Refusal
├── 400 Malformed, IdempotencyKeyRequired, BadCursor, BadSignature
├── 401 WrongCredentials, NotSignedIn
├── 403 Forbidden
│   ├── AccountClosed
│   └── Unconfirmed
├── 404 NotFound
├── 409 InsufficientPoints, PointsLimit, SoldOut, PriceChanged, NotOnSale, LimitReached,
│       TierRequired, NotRefundable, WrongStatus,
│       NotCancellable, EmailTaken, StockFollowsCodes, StockUnlimited, InsufficientStock,
│       Erased, VersionChanged, AlreadyDecided, NotOffered, AlreadyCheckedIn, DailyLimitReached,
│       OwnAccount, BadQuote, QuoteUsed, QuoteExpired, WrongMemberCode, CartDiscounted,
│       RefundExceeds, NotInParts, TooManyRefunds, TooManyRetries, ReferralRejected,
│       BadUpload, TooManyImages,
│       VoucherUsed, VoucherNotUsed, VoucherExpired, VoucherVoid,
│       CategoryExists, TooManyCategories, CashNotAccepted,
│       NoDraft, RuleExists, TooManyRules, InUse, TooManyAddresses,
│       LotteryClosed, LotteryFixed, LotteryNotClosed, SeedSealed, AddressMissing
├── 422 Invalid, AddressRequired, IdempotencyKeyReused, WrongCode
├── 429 RateLimited
└── 503 Busy, PaymentUnavailable

`refusal`     what a refusal is         `everywhere`  what any operation may answer
`points`      points, rules, discounts  `catalog`     products, stock, lists
`orders`      orders, payments          `users`       accounts and addresses
`lottery`     draws and tickets

The OpenAPI statuses and the error catalogue are generated from these classes. What is not a
refusal (`Stale`, `AlreadyDone`) never leaves the mall: the store and the handlers act on it.
"""

from mall.errors.catalog import *
from mall.errors.everywhere import *
from mall.errors.lottery import *
from mall.errors.orders import *
from mall.errors.points import *
from mall.errors.refusal import *
from mall.errors.users import *

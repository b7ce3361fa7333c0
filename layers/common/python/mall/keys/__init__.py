"""Every partition key, sort key and index name, one place.

`tables`   the tables and indexes, and what several tables hold
`points`   accounts, totals, events, rules, adjustments, discounts
`draws`    lotteries, draws, tickets
`orders`   orders, vouchers, reports on payments
`catalog`  products, stock, codes, lists
`users`    whatever is known of a person

Each module begins with the items of its table. Indexes: orders `by_member` (gsi1pk, gsi1sk),
orders `by_status` (gsi2pk, gsi2sk), points and catalog `by_time` (gsi1pk, gsi1sk).
"""

from mall.keys.catalog import *
from mall.keys.draws import *
from mall.keys.orders import *
from mall.keys.points import *
from mall.keys.tables import *
from mall.keys.users import *

"""What people do in these tests: one function per act, each through its operation's handler.

`asking`    any operation by its name, and what is written     `people`  members and addresses
`points`    events, adjustments, the program, statements       `rules`   and their replays
`shops`     discounts and invitations                          `catalog` products and categories
`files`     images and imports                                 `orders`  quotes and redemptions
`vouchers`  issued and burned

`call` asks any operation by its name. The other acts expect to succeed and return what came of it.
"""

from tests.functional.acts.asking import *
from tests.functional.acts.catalog import *
from tests.functional.acts.files import *
from tests.functional.acts.orders import *
from tests.functional.acts.people import *
from tests.functional.acts.points import *
from tests.functional.acts.rules import *
from tests.functional.acts.shops import *
from tests.functional.acts.vouchers import *

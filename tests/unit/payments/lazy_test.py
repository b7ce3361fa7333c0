"""Case 58: a redemption of points alone pays nothing for what only cash needs."""

import os
import subprocess
import sys
from pathlib import Path

_ASK = """
import sys
from mall.payments import open_provider
import functions.orders.place_order
open_provider()
print("stripe" in sys.modules, "requests" in sys.modules)
"""


def should_load_no_library_until_money_is_spoken_of() -> None:
    paths = os.pathsep.join(str(Path(each).resolve()) for each in ("layers/common/python", "."))
    told = subprocess.run(
        [sys.executable, "-c", _ASK],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["False", "False"]

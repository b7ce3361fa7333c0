"""The users domain, handler by handler, behind its entry wrapper."""

import tests.stage  # noqa: F401 - its environment must stand before the handlers are imported

"""The one-command local stack: prepare, emulate, deploy, seed, serve, and stop what was started."""

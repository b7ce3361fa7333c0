"""Rules for every resource of the synthesized stacks, in a sandbox and in a production stage."""

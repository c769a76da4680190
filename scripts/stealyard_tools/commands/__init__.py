"""One subcommand a module: `ABOUT`, `add_arguments(parser)` and `run(arguments) -> exit status`."""

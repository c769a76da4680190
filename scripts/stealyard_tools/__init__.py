"""The tools behind scripts/stealyard: one idea a module, standard library only (plots/ excepted)."""

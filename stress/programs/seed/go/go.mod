module stealyard/programs

go 1.19

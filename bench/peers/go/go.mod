module stealyard.peer

go 1.19

"""scripts/stealyard completion: what a shell needs to complete our commands, flags and names.

The scripts ask `scripts/stealyard completion --words WORD…` (answered by the front door) at each press of the key, so that they never
go stale.
"""

from __future__ import annotations

import argparse

from ..errors import unknown_name

ABOUT = "completion for bash, zsh or fish"
EPILOG = """\
examples:
  source <(scripts/stealyard completion bash)                in ~/.bashrc, with the full path
  source <(scripts/stealyard completion zsh)                 in ~/.zshrc, after compinit
  scripts/stealyard completion fish | source                 in ~/.config/fish/config.fish
"""
SHELLS = {
    "bash": r"""# bash completion of scripts/stealyard, by whatever path it is called
_stealyard() {
  local IFS=$'\n'
  COMPREPLY=($("${COMP_WORDS[0]/#\~/$HOME}" completion --words "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null))
  [[ ${COMPREPLY[0]} == *, || ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o bashdefault -o default -F _stealyard stealyard
""",
    "zsh": r"""# zsh completion of scripts/stealyard, by whatever path it is called
_stealyard() {
  local -a found
  found=("${(@f)$(${(Q)words[1]/#\~/$HOME} completion --words "${(@Q)words[2,CURRENT]}" 2> /dev/null)}")
  [[ -n ${found[1]} ]] && compadd -Q -- "${found[@]}" || _files
}
compdef _stealyard stealyard
""",
    "fish": r"""# fish completion of scripts/stealyard, by whatever path it is called
function __stealyard_complete
    set -l words (commandline -opc) (commandline -ct)
    eval (string escape -- $words[1]) completion --words (string escape -- $words[2..-1]) 2>/dev/null
end
complete -c stealyard -a '(__stealyard_complete)'
""",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", nargs="?", help=", ".join(SHELLS))


def run(arguments: argparse.Namespace) -> int:
    if arguments.shell not in SHELLS:
        raise unknown_name("shell", arguments.shell or "", SHELLS)
    print(SHELLS[arguments.shell], end="")
    return 0

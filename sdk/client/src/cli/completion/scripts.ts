import { COMPLETION_REQUEST } from "./complete.ts";

/** The shells there is a script for. */
export const completedShells = ["bash", "zsh"] as const;

/** One shell; see {@link completedShells}. */
export type CompletedShell = (typeof completedShells)[number];

const BASH = `# Completion of sb for bash: source this, or write it to a file that bash-completion reads.
_sb_complete() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" ${COMPLETION_REQUEST} bash "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -F _sb_complete sb
`;

const ZSH = `#compdef sb
# Completion of sb for zsh: source this after compinit, or write it to a file _sb in a folder of $fpath.
_sb() {
  local -a found
  found=("\${(@f)$("\${(Q)words[1]}" ${COMPLETION_REQUEST} zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  (( \${#found[1]} )) && compadd -- "\${found[@]}"
}
if [[ "\${funcstack[1]}" == _sb ]]; then
  _sb "$@"
else
  compdef _sb sb
fi
`;

/** What a shell reads to complete `sb`; it asks `sb` itself, so that it never lags behind the commands. */
export const completionScript = (shell: CompletedShell): string => (shell === "bash" ? BASH : ZSH);

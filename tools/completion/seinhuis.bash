# Bash completion for seinhuis.
_seinhuis() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  case $previous in
    seinhuis) COMPREPLY=($(compgen -W "explain policy network notary desk metadata sandbox send import supplement correct request compose withdraw attest inbox feedback follow obligations overview sent show sync frame canary evaluations audit log vectors" -- "$word")) ;;
    policy) COMPREPLY=($(compgen -W "check test coverage" -- "$word")) ;;
    network) COMPREPLY=($(compgen -W "create sign publish rotate restored" -- "$word")) ;;
    notary) COMPREPLY=($(compgen -W "enrol" -- "$word")) ;;
    desk) COMPREPLY=($(compgen -W "enrol revoke" -- "$word")) ;;
    metadata) COMPREPLY=($(compgen -W "refresh" -- "$word")) ;;
    sandbox) COMPREPLY=($(compgen -W "create advance" -- "$word")) ;;
    audit|log) COMPREPLY=($(compgen -W "verify" -- "$word")) ;;
    --status) COMPREPLY=($(compgen -W "opgepakt doorgezet onvoldoende gesloten" -- "$word")) ;;
    *) [[ $word == -* ]] && COMPREPLY=($(compgen -W "--profile --signal --policies --json --date --wait --new --status --reason --text --redacted --mode --words --network --socks" -- "$word")) || COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -F _seinhuis seinhuis

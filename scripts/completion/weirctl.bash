# Completes weirctl's commands, options, streams and cases in bash.
# For one shell: source <(weirctl completion bash)
#
# Streams, keys and cases are asked of the gateway that WEIR_URL and
# WEIR_TOKEN, or the options typed so far, name.

# First column of a table that weirctl prints.
_weirctl_ask () {
  weirctl "${_weirctl_where[@]}" "$@" 2>/dev/null \
    | awk 'NR > 1 { print $1 }'
}

_weirctl () {
  local commands='status streams cases decide cut blank resume report redact dump mute
    unmute delay sample closed bar key bank policy trail match convert hash scan completion'
  local global='--url --token --token-file --json --version --help'
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local -a words=() _weirctl_where=()
  local i word

  COMPREPLY=()
  case $prev in
    --token-file | --bank | -b)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return ;;
    --url | --token | --note | --reason | --publisher | --limit | -n | --slate \
      | --bar | --radius | -r | --every | --phase | --until | --for)
      return ;;
    --format)
      mapfile -t COMPREPLY < <(compgen -W 'lines pdq csv tx vpdq vpdq-json text ndjson' -- "$cur")
      return ;;
    --source)
      mapfile -t COMPREPLY < <(compgen -W 'added file all' -- "$cur")
      return ;;
    --probes)
      mapfile -t COMPREPLY < <(compgen -W 'plain standard thorough' -- "$cur")
      return ;;
  esac

  # The words before this one, without options.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --url | --token | --token-file)
        # Bash takes http://… apart at its colons.
        local value=${COMP_WORDS[++i]}
        while [[ ${COMP_WORDS[i + 1]} == : ]] && ((i + 2 < COMP_CWORD)); do
          value+=:${COMP_WORDS[i + 2]}
          ((i += 2))
        done
        _weirctl_where+=("$word" "$value") ;;
      --note | --reason | --publisher | --limit | -n | --slate | --bar \
        | --bank | -b | --radius | -r | --every | --phase | --probes | --format \
        | --until | --for | --source)
        ((i++)) ;;
      -*) ;;
      *) words+=("$word") ;;
    esac
  done

  local choices=''
  if [[ $cur == -* ]]; then
    choices=$global
    case ${words[0]} in
      cases) choices+=' --all' ;;
      decide) choices+=' --note' ;;
      bank) choices+=' --note --format --source --until --for' ;;
      convert) choices+=' --format' ;;
      cut) choices+=' --reason --slate --bar' ;;
      blank | resume | report | redact | dump | mute | unmute | delay | sample | bar)
        choices+=' --reason' ;;
      key) choices+=' --publisher' ;;
      trail) choices+=' --limit --verify' ;;
      policy) choices+=' --limit' ;;
      match) choices+=' --bank --radius' ;;
      hash) choices+=' --every --phase' ;;
      scan) choices+=' --bank --radius --every --phase --probes' ;;
    esac
  elif ((${#words[@]} == 0)); then
    choices=$commands
  else
    case ${words[*]} in
      decide) choices=$(_weirctl_ask cases) ;;
      'decide '*) ((${#words[@]} == 2)) && choices='cut blank release' ;;
      cut | blank | report | redact | dump | mute | delay | sample)
        choices=$(_weirctl_ask streams) ;;
      resume | unmute) choices=$(_weirctl_ask streams; _weirctl_ask closed) ;;
      closed) choices='list' ;;
      bar) choices='list lift' ;;
      'bar lift') choices=$(_weirctl_ask bar list) ;;
      key) choices='list create rotate delete' ;;
      policy) choices='show test' ;;
      'key rotate' | 'key delete') choices=$(_weirctl_ask key list) ;;
      bank) choices='list export add import remove quarantined quarantine release disable enable' ;;
      'bank export' | 'bank add' | 'bank import' | 'bank remove' \
        | 'bank quarantined' | 'bank quarantine' | 'bank release' | 'bank disable' | 'bank enable')
        choices=$(_weirctl_ask bank list) ;;
      completion) choices=bash ;;
    esac
  fi
  if [[ $cur != -* && (${words[0]} == match || ${words[0]} == hash || ${words[0]} == scan || ${words[0]} == convert
        || ${words[*]} == 'policy test') ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$cur")
}

complete -F _weirctl weirctl

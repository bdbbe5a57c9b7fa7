#!/bin/sh
# Tells Tagward about an image that was pushed, waits for what becomes of it, and prints the
# decisions. Needs sh, curl, openssl, sed, grep, od and tr; docs/recipes/README.md explains it.
#
#   announce.sh --url https://tags.example.com --registry local --repository gallery/ui \
#     --tag 2.1.106 --secret-file ./webhook-secret
#
# Every option has a variable: --read-token-file is TAGWARD_READ_TOKEN_FILE. Secrets have no option
# but those of files, since everybody on the machine can read arguments.
#
# Exit status: 0 done, or ignored for a reason that is printed; 1 refused or given up; 2 wrong use;
# 3 accepted, but not settled within --wait seconds.
set -eu
umask 077

newline='
'

say() { printf '%s\n' "$*" >&2; }

# Ends the script with a sentence that GitHub shows beside the run, too.
fail() {
  status=$1
  shift
  say "announce: $*"
  annotate error "$*"
  exit "$status"
}

annotate() {
  [ "${GITHUB_ACTIONS:-}" = true ] || return 0
  printf '::%s title=Tagward::%s\n' "$1" "$(printf %s "$2" | tr -d '\r\n' | sed 's/%/%25/g')"
}

# --- options --------------------------------------------------------------------------------------

url=${TAGWARD_URL:-}
source=${TAGWARD_SOURCE:-ci}
registry=${TAGWARD_REGISTRY:-}
repository=${TAGWARD_REPOSITORY:-}
tag=${TAGWARD_TAG:-}
digest=${TAGWARD_DIGEST:-}
prerelease=${TAGWARD_PRERELEASE:-}
run_url=${TAGWARD_RUN_URL:-}
audience=${TAGWARD_AUDIENCE:-}
secret_file=${TAGWARD_SECRET_FILE:-}
read_token_file=${TAGWARD_READ_TOKEN_FILE:-}
webhook_id=${TAGWARD_WEBHOOK_ID:-}
wait=${TAGWARD_WAIT:-300}
attempts=${TAGWARD_ATTEMPTS:-8}

while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0" && exit 0 ;;
  esac
  [ $# -ge 2 ] || fail 2 "the option $1 is unknown or has no value; --help lists all"
  case $1 in
    --url) url=$2 ;;
    --source) source=$2 ;;
    --registry) registry=$2 ;;
    --repository) repository=$2 ;;
    --tag) tag=$2 ;;
    --digest) digest=$2 ;;
    --prerelease) prerelease=$2 ;;
    --run-url) run_url=$2 ;;
    --audience) audience=$2 ;;
    --secret-file) secret_file=$2 ;;
    --read-token-file) read_token_file=$2 ;;
    --webhook-id) webhook_id=$2 ;;
    --wait) wait=$2 ;;
    --attempts) attempts=$2 ;;
    *) fail 2 "the option $1 is unknown; --help lists all" ;;
  esac
  shift 2
done

# Nothing is escaped below, so nothing that would have to be gets there. Empty texts pass.
require_plain() {
  case $2 in
    *[!A-Za-z0-9._~:/?@!\&=+,\;%#-]*) fail 2 "$1 holds a character that it may not have" ;;
  esac
}

require_text() {
  [ -n "$2" ] || fail 2 "$1 is missing: give --$1 or $3"
  require_plain "$1" "$2"
}

require_number() {
  case $2 in
    '' | *[!0-9]* | ???????*) fail 2 "--$1 takes a number, not $2" ;;
  esac
}

require_text url "$url" TAGWARD_URL
require_text source "$source" TAGWARD_SOURCE
require_text registry "$registry" TAGWARD_REGISTRY
require_text repository "$repository" TAGWARD_REPOSITORY
require_text tag "$tag" TAGWARD_TAG
require_plain digest "$digest"
require_plain audience "$audience"
require_number wait "$wait"
require_number attempts "$attempts"
url=${url%/}
case $url in
  http://* | https://*) ;;
  *) fail 2 "--url takes the address of Tagward, such as https://tags.example.com" ;;
esac
case $prerelease in
  '' | true | false) ;;
  *) fail 2 "--prerelease takes true or false" ;;
esac

# --- what the pipeline says of itself -------------------------------------------------------------

# One run announces one image with one id, however often it tries: the second time is a duplicate.
if [ -n "${GITHUB_RUN_ID:-}" ]; then
  run="github ${GITHUB_SERVER_URL:-} $GITHUB_RUN_ID ${GITHUB_RUN_ATTEMPT:-1}"
  link="${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}/actions/runs/$GITHUB_RUN_ID"
elif [ -n "${CI_JOB_ID:-}" ]; then
  run="gitlab ${CI_SERVER_URL:-} $CI_JOB_ID"
  link=${CI_JOB_URL:-}
elif [ -n "${BUILD_URL:-}" ]; then
  run="jenkins $BUILD_URL"
  link=$BUILD_URL
else
  run=$(openssl rand -hex 16)
  link=
fi
run_url=${run_url:-$link}
require_plain run-url "$run_url"
if [ -z "$webhook_id" ]; then
  webhook_id=announce-$(printf '%s\n' "$run" "$registry/$repository:$tag@$digest" |
    openssl dgst -sha256 -r | sed 's/^\(.\{32\}\).*/\1/')
fi
case $webhook_id in
  *[!A-Za-z0-9_:-]*) fail 2 "--webhook-id takes letters, digits, \"_\", \":\" and \"-\"" ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

{
  printf '{"type":"image.published","timestamp":"%s",' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  printf '"data":{"registry":"%s","repository":"%s","tag":"%s"' "$registry" "$repository" "$tag"
  [ -z "$digest" ] || printf ',"digest":"%s"' "$digest"
  [ -z "$prerelease" ] || printf ',"prerelease":%s' "$prerelease"
  [ -z "$run_url" ] || printf ',"runUrl":"%s"' "$run_url"
  printf '}}'
} >"$work/body"

# --- proof ----------------------------------------------------------------------------------------

# The text of a file without its last line break, or of a variable: $1 = file, $2 = text.
secret_text() {
  [ -n "$1" ] || { printf %s "$2" && return; }
  text=$(cat "$1" && printf x)
  text=${text%x}
  text=${text%"$newline"}
  printf %s "${text%"$(printf '\r')"}"
}

if [ -n "$secret_file" ] && [ ! -r "$secret_file" ]; then
  fail 2 "the secret cannot be read from $secret_file"
fi
secret=$(secret_text "$secret_file" "${TAGWARD_SECRET:-}")
if [ -n "$secret" ]; then
  proof=signature
elif [ -n "${TAGWARD_ID_TOKEN:-}" ]; then
  proof=token
elif [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
  proof=github
else
  fail 2 "nothing to prove who this is: give TAGWARD_SECRET, TAGWARD_SECRET_FILE or" \
    "TAGWARD_ID_TOKEN, or on GitHub the permission \"id-token: write\""
fi

to_hex() { od -An -v -tx1 | tr -d ' \n'; }

# The bytes of a key, filled up to 64 and mixed with a number: $1 = key in hexadecimal.
mixed_key() {
  rest=$1
  count=0
  while [ "$count" -lt 64 ]; do
    byte=0
    if [ -n "$rest" ]; then
      byte=$((0x${rest%"${rest#??}"}))
      rest=${rest#??}
    fi
    byte=$((byte ^ $2))
    # shellcheck disable=SC2059 # the octal number has to stand in the format
    printf "\\$((byte / 64))$((byte / 8 % 8))$((byte % 8))"
    count=$((count + 1))
  done
}

# HMAC-SHA256 of a file in base64, as two hashes (RFC 2104): each option of openssl that takes a key
# shows it in the list of processes, and printf is a part of the shell. $1 = key in hexadecimal.
hmac() {
  { mixed_key "$1" 54 && cat "$2"; } | openssl dgst -sha256 -binary >"$work/inner"
  { mixed_key "$1" 92 && cat "$work/inner"; } | openssl dgst -sha256 -binary | openssl base64 -A
}

key_bytes() {
  case $secret in
    whsec_*) printf %s "${secret#whsec_}" | openssl base64 -d -A ;;
    *) printf %s "$secret" ;;
  esac
}

if [ "$proof" = signature ]; then
  key=$(key_bytes | to_hex)
  [ "${#key}" -le 128 ] || key=$(key_bytes | openssl dgst -sha256 -r | sed 's/ .*//')
fi

# Options of curl are read from a file where they hold a secret, so that no argument does.
header() { printf 'header = "%s"\n' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }

# A fresh token of GitHub for our audience; they live for minutes only.
github_token() {
  header "authorization: Bearer ${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-}" |
    curl --config - --silent --show-error --fail --max-time 30 --get \
      --data-urlencode "audience=${audience:-$url}" "$ACTIONS_ID_TOKEN_REQUEST_URL" |
    grep -oE '"value" *: *"[^"]*"' | sed 's/.*"\([^"]*\)"$/\1/'
}

# The headers that prove who this is, for this attempt.
proof_headers() {
  case $proof in
    signature)
      now=$(date +%s)
      { printf '%s.%s.' "$webhook_id" "$now" && cat "$work/body"; } >"$work/signed"
      header "webhook-timestamp: $now"
      header "webhook-signature: v1,$(hmac "$key" "$work/signed")"
      ;;
    token) header "authorization: Bearer $TAGWARD_ID_TOKEN" ;;
    github)
      id_token=$(github_token)
      [ -n "$id_token" ] || return 1
      header "authorization: Bearer $id_token"
      ;;
  esac
}

# --- requests -------------------------------------------------------------------------------------

# Prints the status of an answer, 000 without one; its body is in answer. Options come from stdin.
request() {
  code=0
  status=$(curl --config - --silent --show-error --connect-timeout 10 --max-time 30 \
    --max-filesize 4194304 --dump-header "$work/headers" --output "$work/answer" \
    --write-out '%{http_code}' "$@") || code=$?
  case $code in
    0) printf %s "$status" ;;
    # Not of the network: what is wrong with an address or a certificate stays wrong.
    1 | 3 | 60 | 77) printf 'curl-%s' "$code" ;;
    *) printf 000 ;;
  esac
}

post() {
  : >"$work/answer"
  : >"$work/headers"
  proof_headers >"$work/proof" || { printf 000 && return; }
  {
    cat "$work/proof"
    header "webhook-id: $webhook_id"
    header 'content-type: application/json'
  } | request --data-binary "@$work/body" "$url/webhooks/$source"
}

# Each value of the JSON in answer as a line "/deliveries/0/id=17", texts with their quotes.
flatten() {
  grep -oE '"([^"\\]|\\.)*"|[][{}:,]|[-+.0-9A-Za-z]+' "$work/answer" | {
    path=
    kinds=
    is_key=
    while IFS= read -r part; do
      case $part in
        '{') path=$path/ kinds=o$kinds is_key=yes ;;
        '[') path=$path/0 kinds=a$kinds is_key= ;;
        '}' | ']') path=${path%/*} kinds=${kinds#?} is_key= ;;
        ,)
          case $kinds in
            a*) path=${path%/*}/$((${path##*/} + 1)) ;;
            *) is_key=yes ;;
          esac
          ;;
        :) is_key= ;;
        *)
          if [ -n "$is_key" ]; then
            name=${part#\"}
            path=${path%/*}/${name%\"}
          else
            printf '%s=%s\n' "$path" "$part"
          fi
          ;;
      esac
    done
  } >"$work/fields"
}

# A text of the last answer without its quotes, or nothing: escapes of control characters stay.
field() {
  sed -n "s|^$1=||p" "$work/fields" |
    sed -n -e '/^null$/d' -e 's/^"//' -e 's/"$//' -e 's/\\\(["\\/]\)/\1/g' -e '1p'
}

detail() {
  flatten
  sentence=$(field /detail)
  printf %s "${sentence:-no reason was given}"
}

# How long to wait before the next attempt: what the server asks for, else more each time.
pause_after() {
  asked=$(sed -n 's/^[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]: *\([0-9]\{1,5\}\)[^0-9]*$/\1/p' \
    "$work/headers" | sed -n 1p)
  doubled=$((1 << ($1 < 6 ? $1 - 1 : 5)))
  seconds=${asked:-$doubled}
  [ "$seconds" -le 300 ] || seconds=300
  printf %s "$seconds"
}

# --- announcing -----------------------------------------------------------------------------------

attempt=1
while :; do
  status=$(post)
  case $status in
    200 | 202) break ;;
    000) trouble="$url did not answer, or no token could be had" ;;
    429 | 5??) trouble="$status: $(detail)" ;;
    401)
      fail 1 "401: $(detail); look at the secret or the token, at the name of the source," \
        "and whether the clocks of both machines are right"
      ;;
    *) fail 1 "$status: $(detail)" ;;
  esac
  [ "$attempt" -lt "$attempts" ] || fail 1 "given up after $attempt attempts, last: $trouble"
  seconds=$(pause_after "$attempt")
  say "attempt $attempt: $trouble; the next one in $seconds s"
  sleep "$seconds"
  attempt=$((attempt + 1))
done

flatten
id=$(field /deliveries/0/id)
receipt=$(field /deliveries/0/status)
reason=$(field /deliveries/0/reason)
[ -n "$id" ] || fail 1 "$url answered $status, but not as Tagward does"
say "delivery $id: $receipt"

# --- waiting --------------------------------------------------------------------------------------

read_headers() {
  token=$(secret_text "$read_token_file" "${TAGWARD_READ_TOKEN:-}")
  [ -z "$token" ] || header "authorization: Bearer $token"
}

# Waits until the delivery is no longer pending; sets outcome to what it is then, or to why that
# cannot be told.
wait_for_outcome() {
  deadline=$(($(date +%s) + wait))
  while :; do
    status=$(read_headers | request "$url/api/v1/deliveries/$id")
    case $status in
      200)
        flatten
        outcome=$(field /status)
        [ "$outcome" = pending ] || return 0
        ;;
      000 | 429 | 5??) ;;
      *)
        outcome=unreadable
        return 0
        ;;
    esac
    if [ "$(date +%s)" -ge "$deadline" ]; then
      outcome=pending
      return 0
    fi
    sleep 1
  done
}

# One line for each moving tag that the release concerns; their names in moved and skipped.
print_decisions() {
  index=0
  while name=$(field "/outcome/decisions/$index/tag") && [ -n "$name" ]; do
    at=/outcome/decisions/$index
    why=$(field "$at/reason/text")
    why=${why#moved: }
    why=${why#kept: }
    if [ "$(field "$at/action")" = move ]; then
      from=$(target_of "$at/from")
      to=$(target_of "$at/to")
      moved="$moved $name"
      printf 'moved %s from %s to %s: %s\n' "$name" "$from" "$to" "$why"
    else
      skipped="$skipped $name"
      printf 'kept %s: %s\n' "$name" "$why"
    fi
    index=$((index + 1))
  done
}

# The release that a tag points at, else its digest.
target_of() {
  target=$(field "$1/release")
  target=${target:-$(field "$1/digest")}
  printf %s "${target:-nothing}"
}

# What later steps and the page of the run show.
report() {
  if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf '%s\n' "moved=${moved# }" "skipped=${skipped# }" "delivery=$id" "outcome=$outcome" \
      >>"$GITHUB_OUTPUT"
  fi
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    # Four blanks make it text that no letter in it can turn into anything else.
    { printf '### Tagward: %s %s\n\n' "$repository" "$tag" && sed 's/^/    /' "$work/lines" &&
      printf '\n'; } >>"$GITHUB_STEP_SUMMARY"
  fi
}

moved=
skipped=
outcome=$receipt
why_ended=$reason
: >"$work/lines"
if [ "$receipt" != ignored ] && [ "$wait" -gt 0 ]; then
  wait_for_outcome
  why_ended=$(field /error/text)
  print_decisions >"$work/lines"
fi

case $outcome in
  done) [ -s "$work/lines" ] || printf 'no moving tag is concerned\n' >"$work/lines" ;;
  ignored) printf 'ignored: %s\n' "$why_ended" >>"$work/lines" ;;
  dead) printf 'given up: %s\n' "$why_ended" >>"$work/lines" ;;
  pending) printf 'accepted, and not settled after %s s\n' "$wait" >>"$work/lines" ;;
  unreadable) printf 'accepted; what became of it is shown to a token with the scope read only\n' \
    >>"$work/lines" ;;
  *) printf 'accepted\n' >>"$work/lines" ;;
esac
cat "$work/lines"
report

case $outcome in
  dead) fail 1 "Tagward gave up: $why_ended" ;;
  pending) fail 3 "delivery $id is accepted and will be worked on, but was not settled after $wait s" ;;
  ignored) annotate notice "$tag was ignored: $why_ended" ;;
  unreadable) annotate notice "accepted; give a token with the scope read to see the decisions" ;;
esac

#!/bin/sh
# Real registries for tests and for trying things out: installs them into a cache folder, starts them.
#   scripts/registries.sh install
#   scripts/registries.sh start [distribution-3 crane/tls ...]      all of them without a name
cd "$(dirname "$0")/.." || exit 1
exec node scripts/run.mjs registries "$@"

# shellcheck shell=bash
#: sample                   a help line, etc.
say "the cluster is told to stop"
fail "there is nothing here that is wrong" \
  "for want of a reason $(tell "of it")" "do it anew"

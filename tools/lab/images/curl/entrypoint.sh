#!/bin/sh
# Run by `kubectl run -it`, curl is done before kubectl has attached, which then shows nothing: it learns of a start up to
# a second late, and gets what is written from then on. So where somebody is to attach (standard input is a terminal or a
# pipe rather than /dev/null), let them.
if [ -t 0 ] || [ -p /dev/stdin ]; then sleep 2; fi
exec curl "$@"

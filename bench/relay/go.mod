module ballast.dev/bench/relay

go 1.24

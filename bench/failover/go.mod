module ballast.dev/bench/failover

go 1.24

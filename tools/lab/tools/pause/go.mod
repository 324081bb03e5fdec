module ballast/e2e/lab/tools/pause

go 1.24.0

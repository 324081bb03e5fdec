module ballast/tools/lab/tools/pause

go 1.24.0

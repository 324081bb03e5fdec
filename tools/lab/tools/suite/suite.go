// Package suite names upstream's end-to-end tests, so that `go mod tidy` keeps what they need in go.mod.
package suite

import _ "k8s.io/kubernetes/test/e2e"

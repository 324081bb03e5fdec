// Measures what clients see when a node, or its data plane, fails or leaves. Started by `./dev bench failover`.
//
// `run` makes the faults. It starts `client` in the network namespace of the lab's client, and `witness` in one of its own:
// the backend of all addresses, which also asks the LAN by ARP who has each address. Both obey lines on standard input.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "failover bench: run, table, client, witness or hog?")
		os.Exit(2)
	}
	switch os.Args[1] {
	case "run":
		os.Exit(run(os.Args[2:]))
	case "table":
		table(os.Args[2])
	case "client":
		client(os.Args[2:])
	case "witness":
		witness(os.Args[2:])
	case "hog":
		runtime.GOMAXPROCS(1)
		for {
		}
	}
}

// now: nanoseconds on the clock that all processes of this machine share.
func now() int64 {
	var t syscall.Timespec
	const monotonic = 1
	_, _, _ = syscall.Syscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

func must(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "failover bench: %s: %v\n", what, err)
		os.Exit(1)
	}
}

// Measures relays against each other on one machine. Started by `./dev bench relay`.
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "relay bench: run, report, profile, steering, ports, overload, flood, load or backend?")
		os.Exit(2)
	}
	switch os.Args[1] {
	case "run":
		run(os.Args[2:])
	case "report":
		again(os.Args[2])
	case "profile":
		profile(os.Args[2:])
	case "steering":
		steering(os.Args[2:])
	case "ports":
		ports(os.Args[2:])
	case "overload":
		overload(os.Args[2:])
	case "flood":
		flood(os.Args[2:])
	case "load":
		load(os.Args[2:])
	case "backend":
		port, err := strconv.Atoi(os.Args[2])
		must("port", err)
		backend(os.Args[3], port)
	}
}

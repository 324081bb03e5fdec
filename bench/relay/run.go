package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// A row: what is done to every column in turn.
type workload struct {
	name    string
	seconds float64
	flags   func(*bench) []string
}

// A measurement of one round, as it is in the raw file.
type measured struct {
	Round    int     `json:"round"`
	Workload string  `json:"workload"`
	Column   string  `json:"column"`
	IdleRSS  float64 `json:"idle_rss_mb"`
	result
}

type bench struct {
	self, dir string
	columns   []*column
	idle      int
	backend   int      // its pid
	enter     []string // runs a command where the client is
	halfRate  float64
	raw       []measured
	failed    []string
	machine   string
}

func run(arguments []string) {
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	out := flags.String("out", "", "folder of the results")
	java := flags.String("java", "", "java with the flags of the image and a class path")
	short := flags.Bool("short", false, "three rounds: for work, not for claims")
	only := flags.String("only", "", "columns, separated by commas")
	rows := flags.String("workloads", "", "rows, separated by commas")
	rounds := flags.Int("rounds", 15, "")
	_ = flags.Parse(arguments)

	b := newBench(*out, machine("haproxy", "nginx"))
	first := 10.0
	if *short {
		first = 3
		*rounds = min(*rounds, 3)
	}
	for _, c := range columns(b.dir, *java) {
		if *only == "" || c.name == "direct" || listed(*only, c.name) {
			b.columns = append(b.columns, c)
		}
	}
	processes := []*exec.Cmd{b.startBackend(loopback)}
	for _, c := range b.columns {
		c.start(b.dir)
		if c.process != nil {
			processes = append(processes, c.process)
		}
	}
	defer stop(processes)
	time.Sleep(time.Second)
	for _, c := range b.columns {
		if !c.bulk {
			b.measure(0, workload{"start", first, func(*bench) []string { return []string{"-warm=0"} }}, c)
		}
	}
	for round := 1; round <= *rounds; round++ {
		for _, w := range workloads() {
			if *rows != "" && !listed(*rows, w.name) {
				continue
			}
			for i := range b.columns {
				// each round begins with another one
				c := b.columns[(i+round)%len(b.columns)]
				if (c.bulk && w.name != "bulk") || (w.name == "udp" && !c.udp) {
					continue
				}
				b.measure(round, w, c)
			}
		}
	}
	report(b, *out)
}

func newBench(out, machine string) *bench {
	runtime.LockOSThread() // the children die with the thread that started them
	allowDescriptors(41_000)
	dir, err := filepath.Abs(filepath.Join(out, "logs")) // also the peers' configuration, for who doubts it
	must("a folder for logs", err)
	must("a folder for logs", os.MkdirAll(dir, 0o755))
	self, err := os.Executable()
	must("self", err)
	return &bench{self: self, dir: dir, machine: machine, idle: min(10_000, descriptors()/2-900)}
}

func (b *bench) startBackend(address string, enter ...string) *exec.Cmd {
	log := filepath.Join(b.dir, "backend.log")
	process := pinned(0, log, quietGo, append(enter, b.self, "backend", fmt.Sprint(backendPort), address)...)
	b.backend = process.Process.Pid
	awaitPort(address, backendPort, log)
	return process
}

// Go's own wake-ups have no place in a measurement.
var quietGo = []string{"GODEBUG=asyncpreemptoff=1", "GOGC=off", "GOMAXPROCS=1"}

// Short measurements and many rounds: where a neighbour takes half of the machine for ten seconds, it takes it from all.
func workloads() []workload {
	plain := func(flags ...string) func(*bench) []string { return func(*bench) []string { return flags } }
	return []workload{
		{"keepalive", 1.4, plain()},
		{"connect", 1.4, plain("-kind=connect", "-conns=32")},
		{"bulk", 1.4, plain("-kind=bulk", "-conns=2")},
		{"half_load", 1.8, func(b *bench) []string { return []string{fmt.Sprintf("-rate=%.0f", b.half())} }},
		{"udp", 1.4, plain("-kind=udp")},
		{"idle", 1.4, func(b *bench) []string { return []string{fmt.Sprintf("-idle=%d", b.idle), "-conns=500"} }},
	}
}

// half is the same for all: half of what HAProxy can do, or the first column if it is not there.
func (b *bench) half() float64 {
	if b.halfRate == 0 {
		for _, m := range b.raw {
			if m.Workload == "keepalive" && m.Column != "direct" && (b.halfRate == 0 || m.Column == "haproxy") {
				b.halfRate = m.Units / m.Seconds / 2
			}
		}
	}
	return max(b.halfRate, 1000)
}

func (b *bench) measure(round int, w workload, c *column) {
	idleRSS := rss(c.pid())
	r, err := b.load(w, c, w.seconds)
	if err != nil {
		b.failed = append(b.failed, fmt.Sprintf("round %d: %s through %s", round, w.name, c.name))
		return
	}
	m := measured{Round: round, Workload: w.name, Column: c.name, IdleRSS: idleRSS, result: r}
	b.raw = append(b.raw, m)
	fmt.Fprintf(os.Stderr, "  round %d  %-10s %-18s %9.0f/s  machine %8.2f  three %8.2f  process %8.2f µs  p50 %7.3f  p99 %7.3f  p99.9 %7.3f ms  %4.0f MB  %d errors\n",
		round, w.name, c.name, m.Units/m.Seconds, m.Machine, m.Three, m.Process, m.P50, m.P99, m.P999, m.RSS, m.Errors)
}

// load has the client do it; flags come before those of the workload.
func (b *bench) load(w workload, c *column, seconds float64, flags ...string) (result, error) {
	arguments := append([]string{"-c", "0"}, b.enter...)
	arguments = append(arguments, b.self, "load", "-address="+c.address, fmt.Sprintf("-port=%d", c.port), fmt.Sprintf("-pid=%d", c.pid()),
		fmt.Sprintf("-backend-pid=%d", b.backend), fmt.Sprintf("-seconds=%.2f", seconds))
	cmd := exec.Command("taskset", append(append(arguments, flags...), w.flags(b)...)...)
	cmd.Env = append(os.Environ(), quietGo...)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	var r result
	if err == nil {
		must(w.name+" through "+c.name, json.Unmarshal(text, &r))
	}
	return r, err
}

func listed(list, name string) bool {
	for _, each := range strings.Split(list, ",") {
		if each == name {
			return true
		}
	}
	return false
}

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// `./dev bench overload`: one Service is flooded, and what its neighbour's clients see of it. All in a network namespace
// of its own. Relay on one core, clients and backend on the other.

const (
	victimPort         = 7100 // and the flooded ones after it
	floodedBackendPort = backendPort + 1
)

// A flood, and the Service that it goes to. Count and rate bound it.
type floodKind struct {
	name    string
	serve   string // what the relay serves beside the victim
	kind    string // of the flooding client. Empty: the Service itself is the flood
	count   int
	rate    float64
	haproxy bool // HAProxy has what it needs
}

var floodKinds = []floodKind{
	{"udp_sources", "udp", "udp", 60_000, 8000, false},
	{"idle_connections", "tcp", "idle", 30_000, 5000, true},
	{"new_connections", "tcp", "connect", 35_000, 5000, true},
	{"slow_readers", "tcp", "slow", 2000, 400, true},
	{"affinity_clients", "affinity", "clients", 60_000, 6000, false},
	{"refusing_backends", "refusing", "connect", 3500, 500, false},
	{"dead_backends", "dead", "", 0, 1000, false},
	{"scrapes", "tcp", "scrape", 350, 50, false},
}

// What the victim's clients saw, and what the proxy held.
type overloaded struct {
	Failed      int     `json:"failed"`
	P99         float64 `json:"p99_ms"`
	P99Alone    float64 `json:"p99_alone_ms"`
	Ratio       float64 `json:"p99_ratio"`
	Ready       bool    `json:"ready"`
	Asked       float64 `json:"asked_per_second"`
	Achieved    float64 `json:"achieved_per_second"`
	Connected   int     `json:"connected"` // some of them were reset right after
	RSS         float64 `json:"rss_mb"`
	Descriptors int     `json:"descriptors"`
	Bar         bool    `json:"within_bar"`
}

type overloadBench struct {
	*bench
	relay *steeredRelay
	admin int
	peer  *exec.Cmd
}

func overload(arguments []string) {
	flags := flag.NewFlagSet("overload", flag.ExitOnError)
	out := flags.String("out", "", "folder of the results")
	java := flags.String("java", "", "java with the flags of the image and a class path")
	only := flags.String("only", "", "floods, separated by commas")
	_ = flags.Bool("short", false, "not used")
	_ = flags.Parse(arguments)

	b := &overloadBench{bench: newBench(*out, machine("haproxy"))}
	backend := b.startBackend(loopback)
	// A backend of its own, since the bench must not measure what the flood does to the backend.
	flooded := pinned(0, filepath.Join(b.dir, "flooded-backend.log"), quietGo, "nice", "-n", "10", b.self, "backend", fmt.Sprint(floodedBackendPort), loopback)
	awaitPort(loopback, floodedBackendPort, filepath.Join(b.dir, "flooded-backend.log"))
	b.relay = startRelay(b.dir, *java, "dev.ballast.dataplane.server.OverloadedRelay", fmt.Sprint(victimPort), fmt.Sprint(backendPort), fmt.Sprint(floodedBackendPort))
	b.admin = b.asked("admin")
	b.peer = pinned(1, filepath.Join(b.dir, "haproxy-overload.log"), nil, "haproxy", "-db", "-f", written(b.dir, "haproxy-overload", haproxyOverload()))
	defer stop([]*exec.Cmd{backend, flooded, b.relay.process, b.peer})
	awaitPort(loopback, victimPort+haproxyOffset, filepath.Join(b.dir, "haproxy-overload.log"))
	b.relay.ask("serve tcp")
	for range 3 { // the machine code exists before the first figure
		b.victim(0, b.relay.process.Process.Pid, 3)
	}

	results := map[string]map[string]overloaded{}
	missed := false
	for _, kind := range floodKinds {
		if *only != "" && !listed(*only, kind.name) {
			continue
		}
		results[kind.name] = map[string]overloaded{"ballast": b.measureFlood(kind, 0)}
		missed = missed || !results[kind.name]["ballast"].Bar
		if kind.haproxy {
			results[kind.name]["haproxy"] = b.measureFlood(kind, haproxyOffset)
		}
	}
	report := map[string]any{"machine": b.machine, "bar": "failed 0, p99 at most 3 × alone + 20 ms, ready"}
	for name, columns := range results {
		report[name] = columns
	}
	text, err := json.MarshalIndent(report, "", "  ")
	must("json", err)
	must("overload.json", os.WriteFile(filepath.Join(*out, "overload.json"), append(text, '\n'), 0o644))
	if missed {
		fmt.Fprintln(os.Stderr, "A bar is missed. See the lines above.")
	}
}

func (b *overloadBench) asked(command string) int {
	number, err := strconv.Atoi(b.relay.ask("%s", command))
	must(command, err)
	return number
}

func (b *overloadBench) measureFlood(kind floodKind, offset int) overloaded {
	column, pid := "ballast", b.relay.process.Process.Pid
	if offset == 0 {
		b.relay.ask("serve %s", kind.serve)
	} else {
		column, pid = "haproxy", b.peer.Process.Pid
	}
	// The machine code of what the flood needs exists before the first figure.
	must("warm-up", b.flood(kind, offset, kind.count/10, 0, nil).Run())
	time.Sleep(time.Second)
	alone := b.victim(offset, pid, 5)
	var printed strings.Builder
	flooding := b.flood(kind, offset, kind.count, 4, &printed)
	sent, began := deadProbes(), time.Now()
	must("flood", flooding.Start())
	watch := b.watchReadiness(offset)
	seconds := 9.0
	during := b.victim(offset, pid, seconds)
	r := overloaded{P99: during.P99, P99Alone: alone.P99, Failed: during.Errors, Ratio: during.P99 / alone.P99, Ready: watch(),
		Asked: kind.rate, RSS: rss(pid), Descriptors: openDescriptors(pid)}
	if kind.kind == "" {
		r.Achieved = float64(deadProbes()-sent) / time.Since(began).Seconds()
	}
	_ = flooding.Wait()
	_, _ = fmt.Sscan(printed.String(), &r.Achieved, &r.Connected)
	r.Bar = r.Failed == 0 && r.P99 <= 3*r.P99Alone+20 && r.Ready && r.Achieved >= 0.9*r.Asked
	word := "ok  "
	if !r.Bar {
		word = "OVER"
	}
	fmt.Fprintf(os.Stderr, "%s  %-18s %-8s victim: %d failed, p99 %6.2f ms (alone %5.2f, × %5.2f), ready %-5v  flood: %6.0f/s of %6.0f, %d connected, %4.0f MB, %d descriptors\n",
		word, kind.name, column, r.Failed, r.P99, r.P99Alone, r.Ratio, r.Ready, r.Achieved, r.Asked, r.Connected, r.RSS, r.Descriptors)
	time.Sleep(time.Second)
	return r
}

func (b *overloadBench) flood(kind floodKind, offset, count, hold int, printed io.Writer) *exec.Cmd {
	port := victimPort + offset + 1
	switch kind.kind {
	case "":
		return exec.Command("true")
	case "scrape":
		port = b.admin
	}
	cmd := exec.Command("taskset", "-c", "0", "nice", "-n", "10", b.self, "flood", "-kind="+kind.kind, fmt.Sprintf("-port=%d", port),
		fmt.Sprintf("-count=%d", count), fmt.Sprintf("-rate=%.0f", kind.rate), fmt.Sprintf("-hold=%d", hold))
	cmd.Stdout, cmd.Stderr = printed, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// victim: 200 requests a second on new connections, and 20 connections that stay. The worse of the two p99.
func (b *overloadBench) victim(offset, pid int, seconds float64) result {
	c := &column{name: "victim", address: loopback, port: victimPort + offset}
	long := make(chan result)
	go func() {
		r, err := b.load(workload{"long", seconds, func(*bench) []string { return []string{"-conns=20", "-rate=40"} }}, c, seconds)
		must("victim's long connections", err)
		long <- r
	}()
	r, err := b.load(workload{"short", seconds, func(*bench) []string { return []string{"-kind=connect", "-conns=20", "-rate=200"} }}, c, seconds)
	must("victim's requests", err)
	l := <-long
	r.P99, r.Errors = max(r.P99, l.P99), r.Errors+l.Errors
	return r
}

// watchReadiness asks /readyz ten times a second; the function that it returns ends that, and says whether all answers came.
func (b *overloadBench) watchReadiness(offset int) func() bool {
	if offset != 0 {
		return func() bool { return true }
	}
	end, verdict := make(chan bool), make(chan bool)
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		ready := true
		for {
			select {
			case <-end:
				verdict <- ready
				return
			case <-time.After(100 * time.Millisecond):
				response, err := client.Get(fmt.Sprintf("http://%s:%d/readyz", loopback, b.admin))
				ready = ready && err == nil && response.StatusCode == http.StatusOK
				if err == nil {
					_ = response.Body.Close()
				}
			}
		}
	}()
	return func() bool { end <- true; return <-verdict }
}

// deadProbes: the packets to Pods that do not exist.
func deadProbes() int {
	_, line, _ := strings.Cut(contents("/proc/self/net/dev"), "dead:")
	fields := strings.Fields(line)
	if len(fields) < 10 {
		return 0
	}
	packets, _ := strconv.Atoi(fields[9])
	return packets
}

func openDescriptors(pid int) int {
	entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(entries)
}

const haproxyOffset = 100

// haproxyOverload: as HAProxy's documentation advises, with a limit for the flooded frontend.
func haproxyOverload() string {
	return fmt.Sprintf(`global
  nbthread 1
  maxconn 9000
defaults
  mode tcp
  timeout connect 5s
  timeout client 300s
  timeout server 300s
listen victim
  bind 127.0.0.1:%d
  server backend 127.0.0.1:%d
frontend flooded
  bind 127.0.0.1:%d
  maxconn 6000
  rate-limit sessions 2000
  default_backend flooded
backend flooded
  server backend 127.0.0.1:%d
`, victimPort+haproxyOffset, backendPort, victimPort+haproxyOffset+1, floodedBackendPort)
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// What the table of the issue is made of: for each figure and column, the median of the rounds and what it lay between.
type figure struct {
	name, unit string
	value      func(*bench, measured) (float64, bool)
}

type spread struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
	Rounds int     `json:"rounds"`
}

// added: what a unit costs the whole machine, less what it costs without a relay, in the same round.
func added(workload string) func(*bench, measured) (float64, bool) {
	return less(workload, func(m measured) float64 { return m.Machine })
}

// quiet: the same by the three processes' own time, where the machine has other things to do.
func quiet(workload string) func(*bench, measured) (float64, bool) {
	return less(workload, func(m measured) float64 { return m.Three })
}

func less(workload string, cost func(measured) float64) func(*bench, measured) (float64, bool) {
	return func(b *bench, m measured) (float64, bool) {
		if m.Workload != workload || m.Column == "direct" {
			return 0, false
		}
		for _, other := range b.raw {
			if other.Round == m.Round && other.Workload == workload && other.Column == "direct" {
				return cost(m) - cost(other), true
			}
		}
		return 0, false
	}
}

func of(workload string, value func(measured) float64) func(*bench, measured) (float64, bool) {
	return func(_ *bench, m measured) (float64, bool) { return value(m), m.Workload == workload }
}

func process(workload string) func(*bench, measured) (float64, bool) {
	return func(_ *bench, m measured) (float64, bool) {
		return m.Process, m.Workload == workload && m.Column != "direct"
	}
}

func rate(workload string) func(*bench, measured) (float64, bool) {
	return of(workload, func(m measured) float64 { return m.Units / m.Seconds })
}

var figures = []figure{
	{"keepalive", "CPU-µs a request, added", added("keepalive")},
	{"connect", "CPU-µs a connection, added", added("connect")},
	{"bulk", "CPU-µs a MB, added", added("bulk")},
	{"udp", "CPU-µs a datagram, added", added("udp")},
	{"idle", "CPU-µs a request beside idle connections, added", added("idle")},
	{"fresh_rss_mb", "MB before the first connection", of("start", func(m measured) float64 { return m.IdleRSS })},
	{"idle_rss_mb", "MB without connections, between the rounds", of("keepalive", func(m measured) float64 { return m.IdleRSS })},
	{"connections_rss_mb", "MB with the idle connections", of("idle", func(m measured) float64 { return m.RSS })},
	{"p99_ms_keepalive", "ms, saturated", of("keepalive", func(m measured) float64 { return m.P99 })},
	{"p50_ms_half_load", "ms", of("half_load", func(m measured) float64 { return m.P50 })},
	{"p99_ms_half_load", "ms", of("half_load", func(m measured) float64 { return m.P99 })},
	{"p999_ms_half_load", "ms", of("half_load", func(m measured) float64 { return m.P999 })},
	{"three_keepalive", "CPU-µs a request, added, of the three processes", quiet("keepalive")},
	{"three_connect", "CPU-µs a connection, added, of the three processes", quiet("connect")},
	{"three_bulk", "CPU-µs a MB, added, of the three processes", quiet("bulk")},
	{"three_udp", "CPU-µs a datagram, added, of the three processes", quiet("udp")},
	{"process_keepalive", "CPU-µs a request, of the process", process("keepalive")},
	{"process_connect", "CPU-µs a connection, of the process", process("connect")},
	{"process_bulk", "CPU-µs a MB, of the process", process("bulk")},
	{"process_udp", "CPU-µs a datagram, of the process", process("udp")},
	{"rate_keepalive", "requests a second", rate("keepalive")},
	{"rate_connect", "connections a second", rate("connect")},
	{"rate_bulk", "MB a second", rate("bulk")},
	{"rate_udp", "datagrams a second", rate("udp")},
	{"first_second", "requests in the first second after start", of("start", func(m measured) float64 {
		if len(m.PerSecond) == 0 {
			return 0
		}
		return m.PerSecond[0]
	})},
	{"errors", "connections that broke, datagrams that were lost", func(_ *bench, m measured) (float64, bool) {
		return float64(m.Errors), true
	}},
}

// again recreates all of it from the raw figures of an earlier run.
func again(out string) {
	text, err := os.ReadFile(filepath.Join(out, rawFile))
	must(rawFile, err)
	var earlier struct {
		Idle    int        `json:"idle_connections"`
		Half    float64    `json:"half_load_per_second"`
		Raw     []measured `json:"measurements"`
		Failed  []string   `json:"failed"`
		Machine string     `json:"machine"`
	}
	must(rawFile, json.Unmarshal(text, &earlier))
	b := &bench{idle: earlier.Idle, halfRate: earlier.Half, raw: earlier.Raw, failed: earlier.Failed, machine: earlier.Machine}
	seen := map[string]bool{}
	for _, m := range b.raw {
		if !seen[m.Column] {
			seen[m.Column] = true
			b.columns = append(b.columns, &column{name: m.Column})
		}
	}
	report(b, out)
}

const rawFile = "relay-rounds.json"

func report(b *bench, out string) {
	medians, spreads, units := map[string]map[string]float64{}, map[string]map[string]spread{}, map[string]string{}
	for _, f := range figures {
		medians[f.name], spreads[f.name], units[f.name] = map[string]float64{}, map[string]spread{}, f.unit
		for _, c := range b.columns {
			if s, found := b.over(f, c.name); found {
				medians[f.name][c.name], spreads[f.name][c.name] = s.Median, s
			}
		}
	}
	must(out, os.MkdirAll(out, 0o755))
	asJSON(filepath.Join(out, "relay.json"), medians)
	asJSON(filepath.Join(out, rawFile), map[string]any{
		"idle_connections": b.idle, "half_load_per_second": b.half(), "units": units, "spread": spreads, "measurements": b.raw, "failed": b.failed, "machine": b.machine})
	must("chart", os.WriteFile(filepath.Join(out, "relay.svg"), []byte(chart(b, spreads)), 0o644))
	must("page", os.WriteFile(filepath.Join(out, "relay.md"), []byte(page(b, spreads)), 0o644))
	table(b, figures, spreads)
	verdict(spreads)
	for _, each := range b.failed {
		fmt.Println("BROKE", each)
	}
}

func (b *bench) over(f figure, column string) (spread, bool) {
	var values []float64
	for _, m := range b.raw {
		if m.Column != column {
			continue
		}
		if value, counts := f.value(b, m); counts {
			values = append(values, value)
		}
	}
	if len(values) == 0 {
		return spread{}, false
	}
	sort.Float64s(values)
	n := len(values)
	return spread{(values[(n-1)/2] + values[n/2]) / 2, values[0], values[n-1], n}, true
}

func asJSON(file string, value any) {
	text, err := json.MarshalIndent(value, "", "  ")
	must(file, err)
	must(file, os.WriteFile(file, append(text, '\n'), 0o644))
}

func table(b *bench, figures []figure, spreads map[string]map[string]spread) {
	fmt.Printf("%-20s", "")
	for _, c := range b.columns {
		fmt.Printf(" %18s", c.name)
	}
	fmt.Println()
	for _, f := range figures {
		fmt.Printf("%-20s", f.name)
		for _, c := range b.columns {
			if s, found := spreads[f.name][c.name]; found {
				fmt.Printf(" %18s", fmt.Sprintf("%.4g (%.3g–%.3g)", s.Median, s.Least, s.Most))
			} else {
				fmt.Printf(" %18s", "–")
			}
		}
		fmt.Println()
	}
}

// A promise about a column's figure: at most so many times that of a peer, plus so much.
type bar struct {
	figure, peer string
	times, plus  float64
}

var promises = map[string][]bar{
	"ballast_userspace": {
		{"keepalive", "haproxy", 1.05, 0}, {"connect", "haproxy", 1.15, 0}, {"bulk", "haproxy", 0.80, 0},
		{"bulk", "haproxy_splice", 1.00, 0}, {"p99_ms_keepalive", "haproxy", 1.1, 0}, {"p99_ms_half_load", "haproxy", 1, 0.2},
		{"udp", "nginx", 0.80, 0}, {"idle_rss_mb", "", 0, 110}, {"connections_rss_mb", "", 0, 200}},
	"ballast": {
		{"keepalive", "haproxy", 1.05, 0}, {"connect", "haproxy", 1.15, 0}, {"bulk", "haproxy", 0.50, 0},
		{"p99_ms_keepalive", "haproxy", 0.7, 0}, {"p99_ms_half_load", "haproxy", 1, 0.2},
		{"udp", "nginx", 0.80, 0}, {"idle_rss_mb", "", 0, 110}, {"connections_rss_mb", "", 0, 200}},
}

// A promise, and what became of it.
type judged struct {
	bar
	column         string
	value, against float64 // the latter is of the peer, if the bar has one
}

func (j judged) met() bool { return j.value <= j.times*j.against+j.plus }

// judge goes through the promises of which both sides were measured.
func judge(spreads map[string]map[string]spread) []judged {
	var all []judged
	for _, name := range []string{"ballast_userspace", "ballast"} {
		for _, p := range promises[name] {
			mine, measured := spreads[p.figure][name]
			peer, compared := spreads[p.figure][p.peer]
			if measured && (compared || p.peer == "") {
				all = append(all, judged{p, name, mine.Median, peer.Median})
			}
		}
	}
	return all
}

func verdict(spreads map[string]map[string]spread) {
	for _, j := range judge(spreads) {
		word := "ok  "
		if !j.met() {
			word = "OVER"
		}
		fmt.Printf("%s  %-18s %-18s %8.4g", word, j.column, j.figure, j.value)
		if j.peer != "" {
			fmt.Printf("  = %.2f × %s, at most %.2f ×", j.value/j.against, j.peer, j.times)
		}
		if j.plus > 0 {
			fmt.Printf("  at most + %g", j.plus)
		}
		fmt.Println()
	}
}

package main

import (
	"fmt"
	"path/filepath"
	"sort"
)

// work is the CPU that the work itself takes: of the three processes, and of the kernel's threads that receive packets.
// Softirqs run in the process that they interrupt, and count as its time.
func work(m measured) float64 { return m.Three + m.Ksoftirqd }

var steeringFigures = []figure{
	{"connect", "CPU-µs a connection, added", less("connect", work)},
	{"keepalive", "CPU-µs a request, added", less("keepalive", work)},
	{"udp", "CPU-µs a datagram, added", less("udp", work)},
	{"bulk", "CPU-µs a MB, added", less("bulk", work)},
	{"all_connect", "CPU-µs a connection", of("connect", work)},
	{"all_keepalive", "CPU-µs a request", of("keepalive", work)},
	{"all_udp", "CPU-µs a datagram", of("udp", work)},
	{"all_bulk", "CPU-µs a MB", of("bulk", work)},
	{"machine_connect", "CPU-µs a connection, added, of the whole machine", added("connect")},
	{"machine_keepalive", "CPU-µs a request, added, of the whole machine", added("keepalive")},
	{"machine_udp", "CPU-µs a datagram, added, of the whole machine", added("udp")},
	{"machine_bulk", "CPU-µs a MB, added, of the whole machine", added("bulk")},
	{"process_connect", "CPU-µs a connection, of the relay", process("connect")},
	{"process_keepalive", "CPU-µs a request, of the relay", process("keepalive")},
	{"process_udp", "CPU-µs a datagram, of the relay", process("udp")},
	{"process_bulk", "CPU-µs a MB, of the relay", process("bulk")},
	{"rate_connect", "connections a second", rate("connect")},
	{"rate_keepalive", "requests a second", rate("keepalive")},
	{"rate_udp", "datagrams a second", rate("udp")},
	{"rate_bulk", "MB a second", rate("bulk")},
	{"p99_ms_keepalive", "ms, saturated", of("keepalive", func(m measured) float64 { return m.P99 })},
	{"errors", "connections that broke, datagrams that were lost", func(_ *bench, m measured) (float64, bool) {
		return float64(m.Errors), true
	}},
}

// What steering may cost beside kube-proxy's rules, as a multiple of the fallback.
var steeringBars = []struct {
	figure string
	most   float64
}{{"connect", 1.0}, {"keepalive", 1.06}, {"udp", 1.0}, {"bulk", 1.0}}

// A ratio of two columns. What else runs on the machine makes work dearer, never cheaper: so the ratio of the first
// quartiles is the least disturbed.
type ratio struct {
	Figure    string  `json:"figure"`
	Column    string  `json:"column"`
	Against   string  `json:"against"`
	Median    float64 `json:"median"` // of the rounds' ratios
	Low       float64 `json:"quartile_1"`
	High      float64 `json:"quartile_3"`
	Quartiles float64 `json:"of_first_quartiles"`
	Most      float64 `json:"bar,omitempty"`
}

func (b *bench) ratio(f figure, column, against string) (ratio, bool) {
	mine, peer := b.byRound(f, column), b.byRound(f, against)
	var ratios, values, others []float64
	for round, value := range mine {
		if other := peer[round]; other > 0 {
			ratios, values, others = append(ratios, value/other), append(values, value), append(others, other)
		}
	}
	if len(ratios) == 0 {
		return ratio{}, false
	}
	return ratio{f.name, column, against, quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75),
		quantile(values, 0.25) / quantile(others, 0.25), 0}, true
}

// quantile sorts the values, and interpolates between two of them.
func quantile(values []float64, at float64) float64 {
	sort.Float64s(values)
	place := at * float64(len(values)-1)
	i := int(place)
	if i == len(values)-1 {
		return values[i]
	}
	return values[i] + (place-float64(i))*(values[i+1]-values[i])
}

func (b *bench) byRound(f figure, column string) map[int]float64 {
	values := map[int]float64{}
	for _, m := range b.raw {
		if m.Column == column {
			if value, counts := f.value(b, m); counts {
				values[m.Round] = value
			}
		}
	}
	return values
}

func (s *steeringBench) ratios() []ratio {
	var all []ratio
	for _, suffix := range []string{besideKubeProxy, ""} {
		for _, pair := range [][2]string{{"steered", "fallback"}, {"steered", "bound"}, {"fallback", "bound"}} {
			for i, f := range steeringFigures[:8] {
				r, found := s.ratio(f, pair[0]+suffix, pair[1]+suffix)
				if !found {
					continue
				}
				if suffix != "" && pair[1] == "fallback" && i < len(steeringBars) {
					r.Most = steeringBars[i].most
				}
				all = append(all, r)
			}
		}
	}
	return all
}

func (s *steeringBench) report(out string) {
	spreads := map[string]map[string]spread{}
	for _, f := range steeringFigures {
		spreads[f.name] = map[string]spread{}
		for _, c := range s.columns {
			if each, found := s.over(f, c.name); found {
				spreads[f.name][c.name] = each
			}
		}
	}
	ratios := s.ratios()
	asJSON(filepath.Join(out, "steering.json"), map[string]any{
		"machine": s.machine, "load_average_before": s.began, "load_average_after": contents("/proc/loadavg"),
		"rounds": s.rounds(), "kube_proxy_services": kubeServices, "spread": spreads, "ratios": ratios,
		"measurements": s.raw, "failed": s.failed})
	table(s.bench, steeringFigures, spreads)
	for _, r := range ratios {
		word := "    "
		switch {
		case r.Most == 0:
		case r.Median <= r.Most:
			word = "ok  "
		default:
			word = "OVER"
		}
		fmt.Printf("%s  %-14s %-11s = %.3f (%.3f–%.3f) × %s, first quartiles %.3f ×",
			word, r.Figure, r.Column, r.Median, r.Low, r.High, r.Against, r.Quartiles)
		if r.Most > 0 {
			fmt.Printf(", at most %.2f ×", r.Most)
		}
		fmt.Println()
	}
	fmt.Printf("%s. %d rounds. Load average before %s, after %s.\n", s.machine, s.rounds(), s.began, contents("/proc/loadavg"))
	for _, each := range s.failed {
		fmt.Println("BROKE", each)
	}
}

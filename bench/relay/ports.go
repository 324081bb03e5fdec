package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

// What many served ports cost a relay: the time of one more, and what it holds.
type portsMeasured struct {
	Mode      string  `json:"mode"`
	Ports     int     `json:"ports"`
	Added     float64 `json:"added_ms"` // all of them at once
	OneMedian float64 `json:"one_more_ms_median"`
	OneMost   float64 `json:"one_more_ms_most"`
	Before    held    `json:"before"`
	After     held    `json:"after"`
}

// What a process holds, after a garbage collection.
type held struct {
	RSS         float64 `json:"rss_mb"`
	Heap        float64 `json:"heap_mb"`
	Kernel      float64 `json:"kernel_mb"` // memory of the whole kernel that it cannot reclaim
	Descriptors int     `json:"descriptors"`
}

func ports(arguments []string) {
	flags := flag.NewFlagSet("ports", flag.ExitOnError)
	out := flags.String("out", "", "folder of the results")
	java := flags.String("java", "", "java with the flags of the image and a class path")
	_ = flags.String("client", "", "not used")
	behind := flags.String("backend", "", "how a command is run where the backend is")
	modes := flags.String("modes", "tproxy,bind,bind-unfiltered", "separated by commas")
	count := flags.Int("count", 10_000, "ports")
	_ = flags.Parse(arguments)

	b := newBench(*out, machine("nft"))
	backend := b.startBackend(backendAddress, strings.Fields(*behind)...)
	defer stop([]*exec.Cmd{backend})
	allowDescriptors(45_000)
	began := contents("/proc/loadavg")
	var all []portsMeasured
	for _, mode := range strings.Split(*modes, ",") {
		served := *count
		if mode != "tproxy" { // a bound port takes two descriptors, and its health check one
			served = min(served, descriptors()/400*100)
		}
		m := measurePorts(b, *java, mode, served)
		all = append(all, m)
		word := "ok  "
		if m.OneMedian > 5 {
			word = "OVER"
		}
		fmt.Printf("%s  %-16s %d ports in %.0f ms. One more: median %.2f ms, most %.2f ms, bar 5 ms\n", word, mode, m.Ports, m.Added, m.OneMedian, m.OneMost)
		fmt.Printf("      before: %s\n      after:  %s\n", m.Before, m.After)
	}
	asJSON(filepath.Join(*out, "steering-ports.json"), map[string]any{
		"machine": b.machine, "load_average_before": began, "load_average_after": contents("/proc/loadavg"), "measurements": all})
	fmt.Printf("%s. Load average before %s, after %s.\n", b.machine, began, contents("/proc/loadavg"))
}

func (h held) String() string {
	return fmt.Sprintf("%d descriptors, RSS %.0f MB, heap %.1f MB, kernel %.0f MB", h.Descriptors, h.RSS, h.Heap, h.Kernel)
}

// measurePorts uses a new process for each mode.
func measurePorts(b *bench, java, mode string, count int) portsMeasured {
	relay := startSteeredRelay(b.dir, java)
	defer stop([]*exec.Cmd{relay.process})
	relay.serve(mode)
	for range 20 { // until the code is compiled
		relay.ask("one 50")
	}
	m := portsMeasured{Mode: mode, Ports: count, Before: relay.held()}
	m.Added = numbers(relay.ask("more %d", count))[0]
	m.After = relay.held()
	times := numbers(relay.ask("one 50"))
	sort.Float64s(times)
	m.OneMedian, m.OneMost = times[len(times)/2], times[len(times)-1]
	return m
}

func (r *steeredRelay) held() held {
	pid := r.process.Process.Pid
	least := math.MaxInt // health checks come and go
	for range 40 {
		open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		must("descriptors", err)
		least = min(least, len(open))
		time.Sleep(100 * time.Millisecond)
	}
	heap := numbers(r.ask("collect"))[0]
	kernel, err := strconv.ParseFloat(strings.Fields(firstOf("/proc/meminfo", "SUnreclaim:"))[0], 64)
	must("/proc/meminfo", err)
	return held{rss(pid), heap, kernel * 1024 / 1e6, least}
}

func numbers(text string) []float64 {
	var all []float64
	for _, word := range strings.Fields(text) {
		value, err := strconv.ParseFloat(word, 64)
		must("the relay said: "+text, err)
		all = append(all, value)
	}
	return all
}

package main

import (
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// CPU seconds so far.
type cost struct{ machine, process, three, ksoftirqd float64 }

const userHz = 100

var started = time.Now()

// costNow: of the machine, the time that its processors were not idle. From the idle time, which the kernel measures,
// where it only samples the others; what a hypervisor took is nobody's.
func costNow(pid, backend int) cost {
	text, err := os.ReadFile("/proc/stat")
	must("/proc/stat", err)
	fields := strings.Fields(strings.SplitN(string(text), "\n", 2)[0])
	var notBusy float64
	for _, column := range []int{4, 5, 8} { // idle, iowait, steal
		value, err := strconv.ParseFloat(fields[column], 64)
		must("/proc/stat", err)
		notBusy += value / userHz
	}
	processors := float64(strings.Count(string(text), "\ncpu")) // the pinned process itself may use one
	process := processSeconds(pid)
	three := process + processSeconds(backend) + processSeconds(os.Getpid())
	return cost{time.Since(started).Seconds()*processors - notBusy, process, three, ksoftirqdSeconds()}
}

func processSeconds(pid int) float64 {
	if pid == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must("the proxy's times", err)
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / userHz
}

// ksoftirqd is a thread of the kernel for each processor. It receives the packets that nobody had the time for.
var ksoftirqd = sync.OnceValue(func() []int {
	var pids []int
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	must("/proc", err)
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil && strings.HasPrefix(string(text), "ksoftirqd/") {
			pid, err := strconv.Atoi(strings.Split(name, "/")[2])
			must(name, err)
			pids = append(pids, pid)
		}
	}
	return pids
})

func ksoftirqdSeconds() float64 {
	sum := 0.0
	for _, pid := range ksoftirqd() {
		sum += processSeconds(pid)
	}
	return sum
}

// rss in MB (10⁶ bytes).
func rss(pid int) float64 {
	if pid == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must("the proxy's memory", err)
	for _, line := range strings.Split(string(text), "\n") {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024 / 1e6
		}
	}
	return 0
}

// histogram of durations, exact to 1.6 %.
type histogram struct {
	counts [64 * 64]int
	total  int
}

func (h *histogram) add(d time.Duration) {
	v := uint64(max(d.Nanoseconds(), 0))
	shift := max(bits.Len64(v)-6, 0)
	h.counts[min(shift*64+int(v>>shift), len(h.counts)-1)]++
	h.total++
}

// at returns the quantile in milliseconds.
func (h *histogram) at(quantile float64) float64 {
	seen := 0
	for i, count := range h.counts {
		seen += count
		if count > 0 && float64(seen) >= quantile*float64(h.total) {
			return float64(uint64(i%64)<<(i/64)) / 1e6
		}
	}
	return 0
}

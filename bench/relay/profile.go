package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What one relay does for one workload.
type profiled struct {
	workload, column string
	calls            map[string]float64 // system calls a unit, by name
	stacks           stacks
	file             string // of perf, until it is read
}

// profile shows where the time of relays goes: the system calls that they make, and their stacks.
// Figures of cost are not to be taken from it, since both slow down what they look at.
func profile(arguments []string) {
	flags := flag.NewFlagSet("profile", flag.ExitOnError)
	out := flags.String("out", "", "folder of the results")
	java := flags.String("java", "", "java with flags and a class path; with frame pointers and a map for perf")
	only := flags.String("only", "ballast_userspace,haproxy,nginx", "columns, separated by commas")
	_ = flags.Parse(arguments)

	b := newBench(*out, machine("haproxy", "nginx"))
	processes := []*exec.Cmd{b.startBackend(loopback)}
	var all []*profiled
	for _, c := range columns(b.dir, *java) {
		if !listed(*only, c.name) {
			continue
		}
		c.start(b.dir)
		processes = append(processes, c.process)
		for _, w := range workloads() {
			if !listed("keepalive,connect,udp", w.name) || (w.name == "udp" && !c.udp) {
				continue
			}
			fmt.Fprintf(os.Stderr, "  %s through %s\n", w.name, c.name)
			b.loaded(w, c, 4) // warm
			all = append(all, &profiled{w.name, c.name, b.counted(w, c), stacks{}, b.sampled(w, c)})
		}
	}
	stop(processes) // a JVM tells the names of its methods when it ends
	for _, p := range all {
		p.stacks = folded(p.file)
		name := "relay-flame-" + p.workload + "-" + p.column + ".svg"
		must(name, os.WriteFile(filepath.Join(*out, name), []byte(flame(p.column+", "+p.workload, p.stacks)), 0o644))
	}
	must("page", os.WriteFile(filepath.Join(*out, "relay-profile.md"), []byte(profilePage(b, all)), 0o644))
}

// loaded returns how many units went through.
func (b *bench) loaded(w workload, c *column, seconds float64) float64 {
	r, err := b.load(w, c, seconds, "-warm=0")
	must(w.name+" through "+c.name, err)
	return r.Units
}

// beside runs a tool on the relay while it is under load; returns the units of the load.
func (b *bench) beside(w workload, c *column, seconds float64, tool ...string) float64 {
	cmd := exec.Command("taskset", append([]string{"-c", "0"}, tool...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	must(tool[0], cmd.Start())
	time.Sleep(time.Second) // until it has attached itself
	units := b.loaded(w, c, seconds)
	must(tool[0], cmd.Process.Signal(syscall.SIGINT))
	_ = cmd.Wait() // both end by the signal
	return units
}

var ofSummary = regexp.MustCompile(`(?m)^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z]\w*)$`)

func (b *bench) counted(w workload, c *column) map[string]float64 {
	file := filepath.Join(b.dir, "strace.txt")
	units := b.beside(w, c, 3, "strace", "-c", "-f", "-q", "-o", file, "-p", fmt.Sprint(c.pid()))
	text, err := os.ReadFile(file)
	must(file, err)
	calls := map[string]float64{}
	for _, line := range ofSummary.FindAllStringSubmatch(string(text), -1) {
		count, err := strconv.ParseFloat(line[1], 64)
		must("strace", err)
		if line[2] != "total" {
			calls[line[2]] += count / units
		}
	}
	return calls
}

func (b *bench) sampled(w workload, c *column) string {
	file := filepath.Join(b.dir, "perf-"+w.name+"-"+c.name+".data")
	b.beside(w, c, 4, "perf", "record", "-q", "-e", "cpu-clock", "-F", "997", "-g", "-p", fmt.Sprint(c.pid()), "-o", file)
	return file
}

func profilePage(b *bench, all []*profiled) string {
	var text strings.Builder
	fmt.Fprintf(&text, "Profiled %s.\n", b.machine)
	for _, name := range []string{"keepalive", "connect", "udp"} {
		fmt.Fprintf(&text, "\n**%s**, system calls a unit (strace):\n\n", name)
		for _, p := range all {
			if p.workload != name {
				continue
			}
			names := make([]string, 0, len(p.calls))
			sum := 0.0
			for call, count := range p.calls {
				sum += count
				if count >= 0.005 {
					names = append(names, call)
				}
			}
			sort.Slice(names, func(i, j int) bool { return p.calls[names[i]] > p.calls[names[j]] })
			fmt.Fprintf(&text, "- %s: %.2f:", p.column, sum)
			for _, call := range names {
				fmt.Fprintf(&text, " %s %.2f", call, p.calls[call])
			}
			text.WriteString("\n")
		}
		fmt.Fprintf(&text, "\n**%s**, samples of the process (perf):\n\n| | in the kernel | most of the time itself in |\n|---|---|---|\n", name)
		for _, p := range all {
			if p.workload == name {
				fmt.Fprintf(&text, "| %s | %.0f %% | %s |\n", p.column, 100*p.stacks.kernelShare(), p.stacks.top(8))
			}
		}
	}
	return text.String()
}

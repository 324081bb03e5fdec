package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// page is the table in Markdown: the machine, the promises, and each figure with what the rounds lay between.
func page(b *bench, spreads map[string]map[string]spread) string {
	var text strings.Builder
	fmt.Fprintf(&text, "Measured %s. %d rounds of 1.4 s a measurement (half load 1.8), %d idle connections, half load %.0f requests a second.\n\n",
		b.machine, b.rounds(), b.idle, b.half())
	text.WriteString("| promise | median | against | bar | |\n|---|---|---|---|---|\n")
	for _, j := range judge(spreads) {
		against, bar := "–", fmt.Sprintf("%g", j.plus)
		if j.peer != "" {
			against = fmt.Sprintf("%.2f × %s", j.value/j.against, j.peer)
			bar = fmt.Sprintf("%.2f ×", j.times)
			if j.plus > 0 {
				bar += fmt.Sprintf(" + %g", j.plus)
			}
		}
		met := "met"
		if !j.met() {
			met = "**missed**"
		}
		fmt.Fprintf(&text, "| %s, %s | %.4g | %s | %s | %s |\n", j.column, j.figure, j.value, against, bar, met)
	}
	text.WriteString("\nMedians, and in brackets the least and the most of the rounds:\n\n| |")
	for _, c := range b.columns {
		fmt.Fprintf(&text, " %s |", c.name)
	}
	text.WriteString("\n|---|" + strings.Repeat("---|", len(b.columns)) + "\n")
	for _, f := range figures {
		fmt.Fprintf(&text, "| %s: %s |", f.name, f.unit)
		for _, c := range b.columns {
			if s, found := spreads[f.name][c.name]; found {
				fmt.Fprintf(&text, " %.4g (%.3g–%.3g) |", s.Median, s.Least, s.Most)
			} else {
				text.WriteString(" – |")
			}
		}
		text.WriteString("\n")
	}
	return text.String()
}

// machine is when and on what a run was, with the versions of these programs.
func machine(programs ...string) string {
	text := fmt.Sprintf("%s on %d cores, %s, Linux %s", time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(),
		firstOf("/proc/cpuinfo", "model name"), contents("/proc/sys/kernel/osrelease"))
	for _, program := range programs {
		text += ", " + version(program, "-v")
	}
	return text
}

func (b *bench) rounds() int {
	most := 0
	for _, m := range b.raw {
		most = max(most, m.Round)
	}
	return most
}

func contents(file string) string {
	text, err := os.ReadFile(file)
	must(file, err)
	return strings.TrimSpace(string(text))
}

// firstOf returns what stands behind the first "key :" of a file, or the key itself.
func firstOf(file, key string) string {
	for _, line := range strings.Split(contents(file), "\n") {
		if rest, found := strings.CutPrefix(line, key); found {
			return strings.TrimLeft(rest, "\t :")
		}
	}
	return key
}

// version is the first line of what a program says of itself.
func version(program, flag string) string {
	said, err := exec.Command(program, flag).CombinedOutput()
	must(program, err)
	line, _, _ := strings.Cut(string(said), "\n")
	line, _, _ = strings.Cut(line, " - ")
	return line
}

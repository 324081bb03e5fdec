package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"
)

// What the ways to an address of a node cost: `./dev bench steering` makes the namespaces. This process and the relay are
// in that of the node. The client and the backend are each in their own, behind a veth.

const (
	ballastAddress   = "10.66.0.1"
	kubeProxyAddress = "10.66.0.2"
	backendAddress   = "10.66.2.2"
	servicePort      = 7100
	kubeServices     = 10_000
)

// A column of the steering's table. The name of one beside kube-proxy's rules ends in besideKubeProxy.
type steered struct {
	*column
	mode   string // of the relay, as Ballast names it. Empty: the packets reach no relay
	beside bool   // kube-proxy's rules
}

const besideKubeProxy = "+kp"

func steeredColumns() []*steered {
	var all []*steered
	add := func(name, mode, address string, port int, beside bool) {
		all = append(all, &steered{&column{name: name, address: address, port: port, udp: true}, mode, beside})
	}
	add("direct", "", backendAddress, backendPort, false)
	for _, beside := range []bool{false, true} {
		suffix := ""
		if beside {
			suffix = besideKubeProxy
		}
		add("bound"+suffix, "bind-unfiltered", ballastAddress, servicePort, beside)
		add("fallback"+suffix, "bind", ballastAddress, servicePort, beside)
		add("steered"+suffix, "tproxy", ballastAddress, servicePort, beside)
	}
	add("kube-proxy"+besideKubeProxy, "", kubeProxyAddress, servicePort, true)
	return all
}

// The relay of all columns, which changes its mode on command.
type steeredRelay struct {
	process *exec.Cmd
	in      io.Writer
	out     *bufio.Reader
}

func startSteeredRelay(dir, java string) *steeredRelay {
	return startRelay(dir, java, "dev.ballast.dataplane.server.SteeredRelay")
}

func startRelay(dir, java, class string, arguments ...string) *steeredRelay {
	command := append([]string{"-c", "1"}, strings.Fields(java)...)
	command = append(append(command, class), arguments...)
	cmd := exec.Command("taskset", command...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := os.Create(filepath.Join(dir, "steered-relay.log"))
	must("log", err)
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	must("pipe", err)
	out, err := cmd.StdoutPipe()
	must("pipe", err)
	must(command[2], cmd.Start())
	return &steeredRelay{cmd, in, bufio.NewReader(out)}
}

// ask returns the line that answers a command. Log lines, which are JSON or contain INFO, are no answers.
func (r *steeredRelay) ask(format string, words ...any) string {
	command := fmt.Sprintf(format, words...)
	_, err := fmt.Fprintln(r.in, command)
	must(command, err)
	for {
		line, err := r.out.ReadString('\n')
		must(command+": see steered-relay.log", err)
		if answer, found := strings.CutPrefix(line, "= "); found {
			return strings.TrimSpace(answer)
		}
	}
}

func (r *steeredRelay) serve(mode string) {
	if said := r.ask("serve %s %s %d %s %d", mode, ballastAddress, servicePort, backendAddress, backendPort); said != mode {
		die("the relay in mode "+mode+": "+said, syscall.EOPNOTSUPP)
	}
}

func steering(arguments []string) {
	flags := flag.NewFlagSet("steering", flag.ExitOnError)
	out := flags.String("out", "", "folder of the results")
	java := flags.String("java", "", "java with the flags of the image and a class path")
	client := flags.String("client", "", "how a command is run where the client is")
	behind := flags.String("backend", "", "how a command is run where the backend is")
	short := flags.Bool("short", false, "six rounds: for work, not for claims")
	only := flags.String("only", "", "columns, separated by commas; direct is always there")
	rows := flags.String("workloads", "connect,keepalive,udp,bulk", "rows, separated by commas")
	rounds := flags.Int("rounds", 30, "")
	seconds := flags.Float64("seconds", 0.7, "of a measurement")
	_ = flags.Parse(arguments)
	if *short {
		*rounds = min(*rounds, 6)
	}

	b := newBench(*out, machine("nft"))
	b.enter = strings.Fields(*client)
	backend := b.startBackend(backendAddress, strings.Fields(*behind)...)
	relay := startSteeredRelay(b.dir, *java)
	defer stop([]*exec.Cmd{backend, relay.process})
	s := &steeringBench{bench: b, relay: relay, seconds: *seconds, began: contents("/proc/loadavg")}
	for _, c := range steeredColumns() {
		if *only == "" || c.name == "direct" || listed(*only, c.name) {
			s.steered = append(s.steered, c)
			b.columns = append(b.columns, c.column)
		}
	}
	s.run(*rounds, *rows)
	s.report(*out)
}

type steeringBench struct {
	*bench
	relay   *steeredRelay
	steered []*steered
	seconds float64
	beside  bool // kube-proxy's rules are loaded
	began   string
}

func (s *steeringBench) run(rounds int, rows string) {
	// The machine code of all modes exists before the first figure.
	for range 2 {
		for _, w := range workloads() {
			for _, c := range s.steered {
				if listed(rows, w.name) && c.mode != "" {
					s.prepare(c)
					_, _ = s.load(w, c.column, 1.2)
				}
			}
		}
	}
	for round := 1; round <= rounds; round++ {
		for _, w := range workloads() {
			if !listed(rows, w.name) {
				continue
			}
			for _, c := range s.shuffled(round) {
				s.prepare(c)
				w.seconds = s.seconds
				s.measure(round, w, c.column)
			}
		}
	}
}

// shuffled: what a column leaves behind is not always for the same one. Those beside kube-proxy's rules stay together,
// since it takes a while to load them.
func (s *steeringBench) shuffled(round int) []*steered {
	order := append([]*steered{}, s.steered...)
	random := rand.New(rand.NewPCG(uint64(round), uint64(len(s.raw))))
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	sort.SliceStable(order, func(i, j int) bool { return (order[i].beside != order[j].beside) && order[i].beside == s.beside })
	return order
}

// prepare makes the node what the column says.
func (s *steeringBench) prepare(c *steered) {
	if c.beside != s.beside {
		if c.beside {
			nft(kubeProxyRules(kubeServices, kubeProxyAddress, servicePort, fmt.Sprintf("%s:%d", backendAddress, backendPort)))
		} else {
			nft("delete table ip kube-proxy")
		}
		s.beside = c.beside
		time.Sleep(100 * time.Millisecond) // the kernel frees the old rules after a while
	}
	if c.mode != "" {
		s.relay.serve(c.mode)
		c.process = s.relay.process
	}
}

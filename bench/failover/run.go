package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

type bench struct {
	cluster   *cluster
	client    *helper
	witness   *helper
	addresses []string
}

// One fault, from a cluster that is well to one that is well again.
type round struct {
	*bench
	input     input
	victim    string
	its       []string // addresses of the victim
	faultAt   int64
	healedAt  int64
	unhealing []func()
	notes     []string
	restarts  bool // the data plane's process may have ended
}

// run returns the exit status: 130 if it did not come to its end, and 1 if an invariant was violated.
func run(arguments []string) int {
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	lab := flags.String("lab", "", "the program of the lab")
	who := flags.String("column", "ballast", "ballast or metallb")
	list := flags.String("addresses", "", "of the Services")
	rounds := flags.Int("rounds", 20, "of each input")
	only := flags.String("only", "", "names of inputs")
	withHogs := flags.Bool("hogs", false, "four processor hogs a core")
	out := flags.String("out", "", "folder of the results")
	backend := flags.String("backend", "198.18.0.9:8080", "address of the backend, which the Services lead to")
	asker := flags.String("asker", "198.19.0.60", "address that asks by ARP")
	randomly := flags.Bool("random", false, "random faults, and the invariants instead of figures")
	minutes := flags.Int("minutes", 5, "of random faults")
	seed := flags.Int64("seed", 0, "of the random faults; 0: another one each time")
	patience := flags.Duration("patience", 5*time.Second, "how long an address may be silent after random faults")
	_ = flags.Parse(arguments)
	runtime.LockOSThread() // the hogs die with the thread that started them
	signal.Notify(interrupted, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	var chosen []input
	if text, failed := attempted(func() { chosen = selected(*only) }); failed {
		must("--only", fmt.Errorf("%s", text))
	}
	b := &bench{cluster: &cluster{lab: *lab, column: columns[*who]}, addresses: strings.Split(*list, ",")}
	b.witness = startHelper("ballast-bench", "witness", "-addresses="+*list, "-listen="+*backend, "-source="+*asker)
	defer b.witness.stop()
	b.client = startHelper("ballast-client", "client", "-addresses="+*list)
	defer b.client.stop()
	name := *who
	if *withHogs {
		name += "_hogs"
		b.cluster.hogs = startHogs(runtime.NumCPU())
		defer b.cluster.hogs.stopAll()
	}
	if *randomly {
		if *seed == 0 {
			*seed = time.Now().Unix()
		}
		return b.random(*minutes, *seed, *patience)
	}
	results := &results{folder: *out, column: name}
	for _, input := range chosen {
		times := *rounds
		if input.rare > 0 {
			times = max(1, times/input.rare)
		}
		for number := 1; number <= times; number++ {
			result := b.round(input)
			result.Round = number
			results.add(result)
			if result.stopped {
				results.write()
				return endedEarly
			}
		}
		results.write()
	}
	return 0
}

const endedEarly = 130

const interruption = "interrupted by signal: "

// attempted: what a failure says. Interruptions are failures too.
func attempted(work func()) (text string, failed bool) {
	defer func() {
		switch reason := recover().(type) {
		case nil:
		case failure:
			text, failed = reason.text, true
		case os.Signal:
			text, failed = interruption+reason.String(), true
		default:
			panic(reason)
		}
	}()
	work()
	return "", false
}

func (b *bench) round(in input) (result roundResult) {
	r := &round{bench: b, input: in}
	text, failed := attempted(func() {
		b.awaitSteady()
		r.chooseVictim()
		b.client.tell("take", &clientReport{})
		b.witness.tell("take", &map[string][]serving{})
		sleep(time.Second)
		r.input.make(r)
	})
	if undoText, undoFailed := attempted(r.undone); undoFailed {
		text, failed = text+" "+undoText, true
	}
	if r.faultAt != 0 {
		if judged, broken := attempted(func() { result = r.judge() }); broken {
			text, failed = text+" "+judged, true
		}
	}
	if r.restarts && !strings.Contains(text, interruption) {
		if replaced, broken := attempted(b.cluster.replaceRestarted); broken {
			text, failed = text+" "+replaced, true
		}
	}
	result.Input, result.Victim, result.Notes = in.name, r.victim, r.notes
	if failed {
		result.Error = text
		result.stopped = strings.Contains(text, interruption)
	}
	return result
}

// awaitSteady: nothing of the round before is left.
func (b *bench) awaitSteady() {
	b.cluster.awaitWhole(5 * time.Minute)
	await("every address answers", 3*time.Minute, func() bool { return b.answers(b.addresses) })
	await("every address has one owner", 3*time.Minute, func() bool {
		for _, nodes := range b.owners() {
			if len(nodes) != 1 {
				return false
			}
		}
		return true
	})
}

func (b *bench) owners() (owners map[string][]string) {
	b.witness.tell("owners", &owners)
	return owners
}

func (b *bench) addressesOf(node string) (addresses []string) {
	for address, nodes := range b.owners() {
		for _, each := range nodes {
			if each == node {
				addresses = append(addresses, address)
			}
		}
	}
	return addresses
}

// answers: the connections of the last second got an answer, or a part of them where hogs have the processors.
func (b *bench) answers(addresses []string) bool {
	glances := map[string]glance{}
	b.client.tell("glance", &glances)
	share := 0.95
	if b.cluster.hogs != nil {
		share = 0.25
	}
	for _, address := range addresses {
		if g := glances[address]; g.Good == 0 || float64(g.Good) < share*float64(g.Good+g.Bad) {
			return false
		}
	}
	return true
}

// chooseVictim: the node with the most addresses.
func (r *round) chooseVictim() {
	byNode := map[string][]string{}
	for address, nodes := range r.owners() {
		byNode[nodes[0]] = append(byNode[nodes[0]], address)
	}
	for node, addresses := range byNode {
		if len(addresses) > len(r.its) || len(addresses) == len(r.its) && node < r.victim {
			r.victim, r.its = node, addresses
		}
	}
}

func (r *round) undo(action func()) { r.unhealing = append(r.unhealing, action) }

// undone puts back what the round changed, the last change first. All are tried.
func (r *round) undone() {
	var texts []string
	for len(r.unhealing) > 0 {
		last := r.unhealing[len(r.unhealing)-1]
		r.unhealing = r.unhealing[:len(r.unhealing)-1]
		if text, failed := attempted(last); failed {
			texts = append(texts, text)
		}
	}
	if len(texts) > 0 {
		panic(failure{strings.Join(texts, "\n")})
	}
}

func (r *round) fault()  { r.faultAt = now() }
func (r *round) healed() { r.healedAt = now() }

func (r *round) renewConnections() {
	var done string
	r.client.tell("renew", &done)
}

func (r *round) awaitAnswers() {
	await("the addresses answer again", recovery, func() bool {
		return now()-r.faultAt > int64(steadily) && r.answers(r.its)
	})
}

// awaitAnswersOrNot: without an API server there may be no takeover at all. Then the round counts with that time.
func (r *round) awaitAnswersOrNot() {
	if text, failed := attempted(r.awaitAnswers); failed {
		if strings.Contains(text, interruption) {
			panic(failure{text})
		}
		r.notes = append(r.notes, text)
	}
}

func (r *round) awaitWhole() {
	r.cluster.awaitWhole(3 * time.Minute)
}

package main

import (
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strings"
	"syscall"
	"time"
)

// Two nodes may answer for so long after a partition: until they hear each other, and the LAN its new owner.
const rejoining = 2 * time.Second

// One fault of a random run.
type disturbance struct {
	name string
	node string
	peer string // the other end of a link between two nodes
	// When it begins, after the start of the round, and how long it lasts.
	after, lasting time.Duration
	percent        int // of lost frames
}

// separates: both sides hear the gateway, and not each other, so that two nodes may answer.
func (d disturbance) separates(together int) bool {
	switch d.name {
	case "partition", "outgoing", "incoming":
		return true
	case "one-way":
		// With the third node away, nobody tells the two that both live.
		return together > 1
	default:
		return false
	}
}

func (d disturbance) String() string {
	text := fmt.Sprintf("%s %s", d.name, d.node)
	if d.peer != "" {
		text += " to " + d.peer
	}
	if d.percent > 0 {
		text += fmt.Sprintf(" %d %%", d.percent)
	}
	return fmt.Sprintf("%s for %v after %v", text, d.lasting, d.after)
}

var disturbances = []string{"cut", "port", "pause", "kill", "loss", "one-way", "outgoing", "incoming", "partition"}

// choose: one or two faults at once, of different nodes. The same seed chooses the same ones.
func choose(random *rand.Rand, nodes []string) (chosen []disturbance) {
	order := random.Perm(len(nodes))
	for i := range 1 + random.Intn(2) {
		d := disturbance{name: disturbances[random.Intn(len(disturbances))], node: nodes[order[i]]}
		d.after = time.Duration(i*random.Intn(2000)) * time.Millisecond
		d.lasting = time.Duration(100+random.Intn(6000)) * time.Millisecond
		switch d.name {
		case "one-way":
			d.peer = nodes[order[(i+1)%len(nodes)]]
		case "loss":
			d.percent = 1 + random.Intn(15)
		case "kill":
			d.lasting = 0
		}
		chosen = append(chosen, d)
	}
	return chosen
}

// random makes faults until the time is over. It returns the exit status.
func (b *bench) random(minutes int, seed int64, patience time.Duration) int {
	fmt.Fprintf(os.Stderr, "  Random faults for %d minutes with the seed %d\n", minutes, seed)
	generator := rand.New(rand.NewSource(seed))
	var nodes []string
	for _, node := range get("nodes").Items {
		nodes = append(nodes, node.Metadata.Name)
	}
	sort.Strings(nodes)
	for number, end := 1, time.Now().Add(time.Duration(minutes)*time.Minute); time.Now().Before(end); number++ {
		chosen := choose(generator, nodes)
		report, text, failed := b.disturb(chosen, patience)
		fmt.Fprintf(os.Stderr, "  %3d  %s: %s\n", number, join(chosen), report)
		if strings.Contains(text, interruption) {
			return endedEarly
		}
		if failed {
			fmt.Fprintf(os.Stderr, "  FAILED in round %d with the seed %d: %s\n", number, seed, strings.TrimSpace(text))
			return 1
		}
	}
	return 0
}

func join(chosen []disturbance) string {
	var texts []string
	for _, d := range chosen {
		texts = append(texts, d.String())
	}
	return strings.Join(texts, ", ")
}

// disturb makes these faults, undoes them, and judges what was seen meanwhile.
func (b *bench) disturb(chosen []disturbance, patience time.Duration) (report, text string, failed bool) {
	r := &round{bench: b}
	var violated []string
	text, failed = attempted(func() {
		b.awaitSteady()
		b.client.tell("take", &clientReport{})
		b.witness.tell("take", &map[string][]serving{})
		r.fault()
		r.makeAll(chosen)
		r.undone()
		r.healed()
		// The longest outage that is allowed, and what a second one would need to begin.
		sleep(patience + afterwards)
		owners := b.owners()
		var seen clientReport
		var servings map[string][]serving
		b.client.tell("take", &seen)
		b.witness.tell("take", &servings)
		observed := observation{
			outages: map[string][]span{}, owners: owners, healedAt: r.healedAt,
			arp: servings, connections: map[string][]serving{},
		}
		for address, each := range seen.Addresses {
			observed.outages[address] = each.Outages
			observed.connections[address] = each.Servings
		}
		for _, d := range chosen {
			observed.separated = observed.separated || d.separates(len(chosen))
		}
		report, violated = observed.judge(patience)
	})
	if undoText, undoFailed := attempted(r.undone); undoFailed {
		text, failed = text+" "+undoText, true
	}
	if r.restarts && !strings.Contains(text, interruption) {
		if replaced, broken := attempted(b.cluster.replaceRestarted); broken {
			text, failed = text+" "+replaced, true
		}
	}
	if len(violated) > 0 {
		text, failed = strings.Join(violated, "\n    ")+text, true
	}
	return report, text, failed
}

// makeAll begins and ends each fault at its time.
func (r *round) makeAll(chosen []disturbance) {
	type event struct {
		at   time.Duration
		what func()
	}
	var events []event
	for i, d := range chosen {
		undo := func() {}
		events = append(events, event{d.after, func() { undo = r.begin(i, d) }},
			event{d.after + d.lasting, func() { undo() }})
	}
	sort.SliceStable(events, func(i, j int) bool { return events[i].at < events[j].at })
	start := time.Now()
	for _, e := range events {
		sleep(time.Until(start.Add(e.at)))
		e.what()
	}
}

// begin returns what ends the fault. That is done at most once, also when the round ends early.
func (r *round) begin(number int, d disturbance) func() {
	once := func(action func()) func() {
		done := false
		return func() {
			if !done {
				done = true
				action()
			}
		}
	}
	port, others := "ballast-"+d.node, r.portsOfOthers(d.node)
	var heal func()
	switch d.name {
	case "cut":
		heal = once(func() { r.cluster.labCommand("link", d.node, "up") })
		r.undo(heal)
		r.cluster.labCommand("link", d.node, "down")
	case "port":
		heal = once(func() { command("bridge", "link", "set", "dev", port, "state", "3") })
		r.undo(heal)
		command("bridge", "link", "set", "dev", port, "state", "0")
	case "pause":
		process := r.cluster.dataPlaneProcess(d.node)
		heal = once(func() {
			if r.cluster.isDataPlane(process, d.node) {
				check("continue", syscall.Kill(process, syscall.SIGCONT))
			}
		})
		r.undo(heal)
		r.restarts = true
		check("stop", syscall.Kill(process, syscall.SIGSTOP))
	case "kill":
		heal = func() {}
		r.restarts = true
		check("kill", syscall.Kill(r.cluster.dataPlaneProcess(d.node), syscall.SIGKILL))
	case "loss":
		lost := fmt.Sprintf("numgen random mod 100 < %d drop", d.percent)
		heal = r.filter(number, "iifname "+port+" "+lost, "oifname "+port+" "+lost)
	case "one-way":
		heal = r.filter(number, "iifname "+port+" oifname ballast-"+d.peer+" drop")
	case "outgoing":
		heal = r.filter(number, "iifname "+port+" oifname "+others+" drop")
	case "incoming":
		heal = r.filter(number, "iifname "+others+" oifname "+port+" drop")
	case "partition":
		heal = r.filter(number, "iifname "+port+" oifname "+others+" drop", "iifname "+others+" oifname "+port+" drop")
	}
	return heal
}

// filter drops frames in the bridge of the lab.
func (r *round) filter(number int, rules ...string) func() {
	table, done := fmt.Sprintf("bridge ballast-bench-%d", number), false
	heal := func() {
		if !done {
			done = true
			command("nft", "delete table "+table)
		}
	}
	command("nft", "table "+table+" {\nchain forward {\ntype filter hook forward priority 0;\n"+strings.Join(rules, "\n")+"\n}\n}")
	r.undo(heal)
	return heal
}

func (r *round) portsOfOthers(node string) string {
	var ports []string
	for _, each := range get("nodes").Items {
		if each.Metadata.Name != node {
			ports = append(ports, "ballast-"+each.Metadata.Name)
		}
	}
	if len(ports) == 0 {
		panic(failure{"the API server does not list the nodes"})
	}
	return "{ " + strings.Join(ports, ", ") + " }"
}

// What the client and the observer have seen of one round. Pure from here on.
type observation struct {
	outages     map[string][]span
	connections map[string][]serving // which nodes answered new connections
	arp         map[string][]serving // which nodes answered ARP requests
	owners      map[string][]string  // within the last second
	separated   bool                 // both sides of a partition have a gateway
	healedAt    int64
}

// judge returns what to print, and the invariants that were violated.
func (o observation) judge(patience time.Duration) (report string, violated []string) {
	since := int64(0)
	if o.separated {
		since = o.healedAt + int64(rejoining)
	}
	worstDouble, worstOutage := 0.0, 0.0
	for _, how := range []struct {
		what string
		seen map[string][]serving
	}{{"ARP requests", o.arp}, {"new connections", o.connections}} {
		for _, address := range sortedKeys(how.seen) {
			double := millis(doubled(cutBefore(how.seen[address], since)))
			worstDouble = max(worstDouble, double)
			if double > 0 {
				violated = append(violated, fmt.Sprintf("two nodes answered %s for %s for %.0f ms, and nothing separated them", how.what, address, double))
			}
		}
	}
	for _, address := range sortedKeys(o.outages) {
		for _, outage := range o.outages[address] {
			after := outage.To - max(outage.From, o.healedAt)
			worstOutage = max(worstOutage, millis(after))
			if after > int64(patience) {
				violated = append(violated, fmt.Sprintf("%s did not answer for %.0f ms after the faults", address, millis(after)))
			}
		}
	}
	for _, address := range sortedKeys(o.owners) {
		if nodes := o.owners[address]; len(nodes) != 1 {
			violated = append(violated, fmt.Sprintf("%s has not exactly one owner in the end: %v", address, nodes))
		}
	}
	if len(o.owners) == 0 || len(o.outages) == 0 {
		violated = append(violated, "nothing was observed")
	}
	return fmt.Sprintf("two nodes %.0f ms, silent after it %.0f ms", worstDouble, worstOutage), violated
}

// cutBefore leaves out what was before a time.
func cutBefore(servings []serving, since int64) (left []serving) {
	for _, s := range servings {
		if s.To > since {
			s.From = max(s.From, since)
			left = append(left, s)
		}
	}
	return left
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

package main

import (
	"strings"
	"syscall"
	"time"
)

const (
	// MetalLB needs 5.5 to 6.9 s, the node controller 50 s.
	recovery = 90 * time.Second
	// What an answer is worth that comes once.
	steadily = time.Second
	// Moves that nobody asked for happen within it.
	afterwards = 5 * time.Second
)

// One kind of fault or of planned move.
type input struct {
	name string
	// How often an address of the victim may leave it.
	moves int
	// Every so many rounds of the others there is one of this.
	rare int
	make func(r *round)
	// Both sides of a partition serve, which no protocol prevents.
	partition bool
	planned   bool
	death     string // of a node, of one without the API server, of a process
}

var inputs = []input{
	{name: "link-cut", moves: 1, make: linkCut, death: "node"},
	{name: "port-cut", moves: 1, make: portCut, death: "node"},
	{name: "node-kill", moves: 1, make: nodeKill, death: "node"},
	{name: "sigkill", moves: 1, make: sigkill, death: "process"},
	{name: "stop-300ms", moves: 0, make: stopFor(300 * time.Millisecond)},
	{name: "stop-800ms", moves: 1, make: stopFor(800 * time.Millisecond)},
	{name: "stop-20s", moves: 1, make: stopFor(20 * time.Second)},
	{name: "drain", moves: 1, make: drain, planned: true},
	{name: "exclude", moves: 1, make: exclude, planned: true},
	{name: "api-down-link-cut", moves: 1, make: apiDownLinkCut, death: "api-down"},
	{name: "flapping", moves: 1, make: flapping},
	{name: "partition", moves: 1, rare: 5, make: partition, partition: true},
}

func selected(only string) (chosen []input) {
	if only == "" {
		return inputs
	}
	for _, name := range strings.Split(only, ",") {
		known := false
		for _, each := range inputs {
			if each.name == name {
				chosen, known = append(chosen, each), true
			}
		}
		if !known {
			var names []string
			for _, each := range inputs {
				names = append(names, each.name)
			}
			panic(failure{"unknown input '" + name + "'; the inputs are " + strings.Join(names, ", ")})
		}
	}
	return chosen
}

// linkCut pulls the cable: the node sees that its interface has no carrier.
func linkCut(r *round) {
	link := func(state string) { r.cluster.labCommand("link", r.victim, state) }
	cut(r, func() { link("down") }, func() { link("up") })
}

// portCut is a switch that forwards nothing more: the node's interface keeps its carrier.
func portCut(r *round) {
	const disabled, forwarding = "0", "3"
	port := func(state string) { command("bridge", "link", "set", "dev", "ballast-"+r.victim, "state", state) }
	cut(r, func() { port(disabled) }, func() { port(forwarding) })
}

// cut separates the victim until its addresses answer elsewhere.
func cut(r *round, separate, connect func()) {
	r.undo(connect)
	r.fault()
	separate()
	r.awaitAnswers()
	r.healed()
	r.undone()
	sleep(afterwards)
}

func nodeKill(r *round) {
	r.undo(func() {
		r.cluster.labCommand("node", "start", r.victim)
		r.cluster.hogs.start(r.victim)
	})
	r.fault()
	r.cluster.hogs.stop(r.victim)
	r.cluster.labCommand("node", "stop", r.victim)
	r.awaitAnswers()
	r.healed()
	r.undone()
	r.awaitWhole()
	sleep(afterwards)
}

func sigkill(r *round) {
	process := r.cluster.dataPlaneProcess(r.victim)
	r.fault()
	check("kill", syscall.Kill(process, syscall.SIGKILL))
	r.restarts = true
	r.awaitAnswers()
	r.awaitWhole()
	sleep(afterwards)
}

func stopFor(pause time.Duration) func(r *round) {
	return func(r *round) {
		process := r.cluster.dataPlaneProcess(r.victim)
		r.undo(func() {
			// The kubelet kills a process that does not answer its probe.
			if r.cluster.isDataPlane(process, r.victim) {
				check("continue", syscall.Kill(process, syscall.SIGCONT))
			}
		})
		r.fault()
		check("stop", syscall.Kill(process, syscall.SIGSTOP))
		r.restarts = true
		sleep(pause)
		r.healed()
		r.undone()
		r.awaitAnswers()
		sleep(afterwards)
	}
}

// drain deletes the Pod of the data plane. Open connections may stay until its drain time is over. The clients leave before.
func drain(r *round) {
	pod := r.cluster.dataPlanePod(r.victim)
	r.fault()
	deleted := time.Now()
	command("kubectl", "delete", "pod", "-n", r.cluster.column.namespace, pod, "--wait=false")
	sleep(r.cluster.column.drain * 2 / 3)
	r.renewConnections()
	r.awaitWhole()
	sleep(time.Until(deleted.Add(r.cluster.column.drain + afterwards)))
}

// exclude labels the node and takes the label off again when it has no address left.
func exclude(r *round) {
	label := func(change string) { command("kubectl", "label", "node", r.victim, exclusion+change) }
	r.undo(func() { label("-") })
	r.fault()
	label("=")
	await("the victim has no address", time.Minute, func() bool { return len(r.addressesOf(r.victim)) == 0 })
	sleep(r.cluster.column.drain * 2 / 3)
	r.renewConnections()
	sleep(r.cluster.column.drain / 3)
	r.healed()
	r.undone()
	sleep(2 * afterwards)
}

func apiDownLinkCut(r *round) {
	r.undo(func() { r.cluster.labCommand("api", "start") })
	r.cluster.labCommand("api", "stop")
	sleep(2 * time.Second)
	r.undo(func() { r.cluster.labCommand("link", r.victim, "up") })
	r.fault()
	r.cluster.labCommand("link", r.victim, "down")
	r.awaitAnswersOrNot()
	r.healed()
	r.undone()
	sleep(afterwards)
}

// flapping: a plug that does not hold. Ten times the cable has no contact for 300 ms.
func flapping(r *round) {
	r.undo(func() { r.cluster.labCommand("link", r.victim, "up") })
	r.fault()
	for range 10 {
		command("ip", "link", "set", "ballast-"+r.victim, "down")
		sleep(300 * time.Millisecond)
		command("ip", "link", "set", "ballast-"+r.victim, "up")
		sleep(700 * time.Millisecond)
	}
	r.healed()
	r.undone()
	r.awaitAnswers()
	sleep(afterwards)
}

// partition: the victim and the other nodes do not hear each other. The clients and the API server hear both sides.
func partition(r *round) {
	var others []string
	for _, node := range get("nodes").Items {
		if node.Metadata.Name != r.victim {
			others = append(others, "ballast-"+node.Metadata.Name)
		}
	}
	rest, victim := "{ "+strings.Join(others, ", ")+" }", "ballast-"+r.victim
	r.undo(func() { command("nft", "delete table bridge ballast-bench") })
	r.fault()
	command("nft", `table bridge ballast-bench {
		chain forward {
			type filter hook forward priority 0;
			iifname `+victim+` oifname `+rest+` drop
			iifname `+rest+` oifname `+victim+` drop
		}
	}`)
	sleep(time.Minute)
	r.healed()
	r.undone()
	sleep(2 * afterwards)
}

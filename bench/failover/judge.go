package main

import "sort"

type roundResult struct {
	Input  string `json:"input"`
	Round  int    `json:"round"`
	Victim string `json:"victim"`
	// The longest time without an answer, of each address of the victim.
	SilenceMs []float64 `json:"silence_ms"`
	// The longest one of the addresses of other nodes.
	OthersMs      float64        `json:"others_ms"`
	WorstAtMs     float64        `json:"worst_at_ms"` // when the longest of all began, after the fault
	Refused       int            `json:"refused"`
	Reset         int            `json:"reset"`
	TimedOut      int            `json:"timed_out"`
	Unreachable   int            `json:"unreachable"`
	Strange       map[string]int `json:"strange,omitempty"` // errors that no figure counts rightly
	Broken        int            `json:"broken"`
	BrokenHow     map[string]int `json:"broken_how,omitempty"`
	HeldMs        float64        `json:"held_ms"`          // longest time without an answer of an open connection and the one that replaces it
	DoubleOwnerMs float64        `json:"double_owner_ms"`  // two nodes answer ARP requests
	DoubleReplyMs float64        `json:"double_answer_ms"` // two nodes answer new connections
	SettledMs     float64        `json:"settled_ms"`       // from the healing to the last ARP answer of a second node
	UnaskedMoves  int            `json:"unasked_moves"`
	Moves         []move         `json:"moves,omitempty"`
	ClientLagMs   float64        `json:"client_lag_ms"`
	Notes         []string       `json:"notes,omitempty"`
	Error         string         `json:"error,omitempty"`
	stopped       bool
}

func (r *round) judge() (result roundResult) {
	var seen clientReport
	var owners map[string][]serving
	r.client.tell("take", &seen)
	r.witness.tell("take", &owners)
	ours := map[string]bool{}
	for _, address := range r.its {
		ours[address] = true
	}
	worst := 0.0
	for address, report := range seen.Addresses {
		outage := longest(report.Outages)
		silence := millis(outage.nanos())
		if ours[address] {
			result.SilenceMs = append(result.SilenceMs, silence)
		} else {
			result.OthersMs = max(result.OthersMs, silence)
		}
		if silence > worst {
			worst, result.WorstAtMs = silence, millis(outage.From-r.faultAt)
		}
		result.Refused += report.Refused
		result.Reset += report.Reset
		result.TimedOut += report.TimedOut
		result.Unreachable += report.Unreachable
		result.DoubleReplyMs = max(result.DoubleReplyMs, millis(doubled(report.Servings)))
	}
	sort.Float64s(result.SilenceMs)
	for address, servings := range owners {
		result.DoubleOwnerMs = max(result.DoubleOwnerMs, millis(doubled(servings)))
		moved := moves(address, servings, r.faultAt)
		result.Moves = append(result.Moves, moved...)
		for i, a := range servings {
			for _, b := range servings[:i] {
				if a.Node != b.Node && r.healedAt != 0 {
					result.SettledMs = max(result.SettledMs, millis(min(a.To, b.To)-r.healedAt))
				}
			}
		}
	}
	sort.Slice(result.Moves, func(i, j int) bool { return result.Moves[i].at < result.Moves[j].at })
	result.UnaskedMoves = unasked(result.Moves, r.victim, r.input.moves)
	result.Broken = len(seen.Broken)
	if len(seen.Broken) > 0 {
		result.BrokenHow = map[string]int{}
	}
	for _, each := range seen.Broken {
		result.BrokenHow[each.How]++
	}
	for _, nanos := range seen.HeldGap {
		result.HeldMs = max(result.HeldMs, millis(nanos))
	}
	if len(seen.Strange) > 0 {
		result.Strange = seen.Strange
	}
	result.ClientLagMs = millis(seen.Lag)
	return result
}

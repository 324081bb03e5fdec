package main

import "sort"

// The judgement of what was seen. Pure: times are nanoseconds of one clock.

type outcome uint8

const (
	answered outcome = iota
	refused
	reset
	timedOut
	unreachable
)

// One connection of the client: opened, asked, answered by a node, closed.
type attempt struct {
	start, end int64
	outcome    outcome
	node       uint8 // that answered
}

type span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

func (s span) nanos() int64 { return s.To - s.From }

// A node that answered without a longer pause.
type serving struct {
	Node uint8 `json:"node"`
	span
}

// outages: each from the start of the first failed attempt to the end of the first good one that started later.
// One without an end lasts until `end`.
func outages(attempts []attempt, end int64) (found []span) {
	sort.Slice(attempts, func(i, j int) bool { return attempts[i].start < attempts[j].start })
	for i := 0; i < len(attempts); i++ {
		if attempts[i].outcome == answered {
			continue
		}
		outage := span{attempts[i].start, end}
		for i < len(attempts) && attempts[i].outcome != answered {
			i++
		}
		if i < len(attempts) {
			outage.To = attempts[i].end
		}
		found = append(found, outage)
	}
	return found
}

func longest(spans []span) (found span) {
	for _, s := range spans {
		if s.nanos() > found.nanos() {
			found = s
		}
	}
	return found
}

// One answer of a node.
type sighting struct {
	at   int64
	node uint8
}

// servings: the times in which each node answered, in the order of their starts. A pause above `gap` ends one.
func servings(sightings []sighting, gap int64) (found []serving) {
	sort.Slice(sightings, func(i, j int) bool { return sightings[i].at < sightings[j].at })
	last := map[uint8]int{}
	for _, s := range sightings {
		if i, known := last[s.node]; known && s.at-found[i].To <= gap {
			found[i].To = s.at
			continue
		}
		last[s.node] = len(found)
		found = append(found, serving{s.node, span{s.at, s.at}})
	}
	return found
}

// doubled: the time in which two nodes answered.
func doubled(servings []serving) (nanos int64) {
	for i, a := range servings {
		for _, b := range servings[:i] {
			if a.Node != b.Node {
				nanos += max(0, min(a.To, b.To)-max(a.From, b.From))
			}
		}
	}
	return nanos
}

type move struct {
	Address string  `json:"address"`
	From    string  `json:"from"`
	To      string  `json:"to"`
	AtMs    float64 `json:"at_ms"` // since the fault
	at      int64
}

// moves: each time another node than the last one began to answer.
func moves(address string, servings []serving, fault int64) (found []move) {
	for i := 1; i < len(servings); i++ {
		if before, after := servings[i-1], servings[i]; before.Node != after.Node {
			found = append(found, move{address, nodeName(before.Node), nodeName(after.Node), millis(after.From - fault), after.From})
		}
	}
	return found
}

// unasked: the moves beyond those that the fault of the victim explains: so many, away from it, of each address that it had.
func unasked(moves []move, victim string, explained int) (count int) {
	left := map[string]int{}
	for _, m := range moves {
		if _, known := left[m.Address]; !known {
			left[m.Address] = explained
		}
		if m.From == victim && left[m.Address] > 0 {
			left[m.Address]--
		} else {
			count++
		}
	}
	return count
}

// quantiles by nearest rank: each is a measured value.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return sorted[max(0, int(q*float64(len(sorted))+0.999999)-1)]
}

func millis(nanos int64) float64 { return float64(nanos/10_000) / 100 }

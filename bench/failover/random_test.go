package main

import (
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"time"
)

const second = int64(time.Second)

func well() observation {
	return observation{
		outages:     map[string][]span{"a": {{1 * second, 12 * second}}},
		connections: map[string][]serving{"a": {{1, span{0, 1 * second}}, {2, span{12 * second, 20 * second}}}},
		arp:         map[string][]serving{"a": {{1, span{0, 1 * second}}, {2, span{12 * second, 20 * second}}}},
		owners:      map[string][]string{"a": {"n2"}},
		healedAt:    10 * second,
	}
}

func violations(o observation) string {
	_, violated := o.judge(5 * time.Second)
	return strings.Join(violated, "; ")
}

func TestARoundInWhichAllInvariantsHeld(t *testing.T) {
	if text := violations(well()); text != "" {
		t.Error(text)
	}
}

func TestTwoNodesAnswerWithoutAPartition(t *testing.T) {
	o := well()
	o.arp["a"][0].To = 13 * second
	if text := violations(o); !strings.Contains(text, "two nodes answered ARP requests for a for 1000 ms") {
		t.Error(text)
	}
}

func TestTwoNodesAnswerNewConnections(t *testing.T) {
	o := well()
	o.connections["a"][0].To = 13 * second
	if text := violations(o); !strings.Contains(text, "two nodes answered new connections for a for 1000 ms") {
		t.Error(text)
	}
}

func TestBothSidesOfAPartitionAnswerUntilTheyHearEachOther(t *testing.T) {
	o := well()
	o.separated = true
	o.arp["a"] = []serving{{1, span{0, 12 * second}}, {2, span{1 * second, 20 * second}}}
	if text := violations(o); text != "" {
		t.Error(text)
	}
	o.arp["a"][0].To = 13 * second
	if text := violations(o); !strings.Contains(text, "for 1000 ms") {
		t.Error(text)
	}
}

func TestAnAddressStaysSilentAfterTheFaults(t *testing.T) {
	o := well()
	o.outages["a"][0].To = 16 * second
	if text := violations(o); !strings.Contains(text, "a did not answer for 6000 ms after the faults") {
		t.Error(text)
	}
}

func TestAnAddressHasTwoOwnersOrNoneInTheEnd(t *testing.T) {
	for _, owners := range [][]string{{}, {"n1", "n2"}} {
		o := well()
		o.owners["a"] = owners
		if text := violations(o); !strings.Contains(text, "not exactly one owner") {
			t.Error(text)
		}
	}
}

func TestARoundWithoutObservations(t *testing.T) {
	if text := violations(observation{}); text != "nothing was observed" {
		t.Error(text)
	}
}

func TestTheSameSeedMakesTheSameFaults(t *testing.T) {
	chosen := func(seed int64) (all [][]disturbance) {
		random := rand.New(rand.NewSource(seed))
		for range 50 {
			all = append(all, choose(random, []string{"n1", "n2", "n3"}))
		}
		return all
	}
	if !reflect.DeepEqual(chosen(7), chosen(7)) || reflect.DeepEqual(chosen(7), chosen(8)) {
		t.Error("the faults do not follow from the seed")
	}
	kinds := map[string]bool{}
	for _, together := range chosen(7) {
		if len(together) == 2 && together[0].node == together[1].node {
			t.Error("two faults of one node", together)
		}
		for _, d := range together {
			kinds[d.name] = true
			if d.peer == d.node {
				t.Error("a link of a node to itself", d)
			}
		}
	}
	if len(kinds) != len(disturbances) {
		t.Error("not all kinds of faults:", kinds)
	}
}

func TestWhatSeparatesNodesThatHaveAGateway(t *testing.T) {
	for _, each := range []struct {
		name     string
		together int
		want     bool
	}{{"cut", 2, false}, {"pause", 1, false}, {"loss", 2, false}, {"one-way", 1, false}, {"one-way", 2, true}, {"outgoing", 1, true}, {"incoming", 1, true}, {"partition", 1, true}} {
		if got := (disturbance{name: each.name}).separates(each.together); got != each.want {
			t.Error(each.name, each.together, got)
		}
	}
}

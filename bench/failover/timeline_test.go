package main

import "testing"

const ms = int64(1_000_000)

func TestAnOutageLastsFromTheFirstFailedToTheFirstGoodAttempt(t *testing.T) {
	found := outages([]attempt{
		{start: 30 * ms, end: 31 * ms, outcome: answered},
		{start: 0, end: 1 * ms, outcome: answered},
		{start: 10 * ms, end: 210 * ms, outcome: timedOut},
		{start: 20 * ms, end: 21 * ms, outcome: refused},
		{start: 40 * ms, end: 240 * ms, outcome: timedOut},
	}, 300*ms)
	if len(found) != 2 || found[0] != (span{10 * ms, 31 * ms}) || found[1] != (span{40 * ms, 300 * ms}) {
		t.Errorf("%v", found)
	}
}

func TestTwoNodesThatAnswerInTurnsAnswerAtOneTime(t *testing.T) {
	seen := []sighting{{0, 1}, {20 * ms, 1}, {30 * ms, 2}, {40 * ms, 1}, {50 * ms, 2}, {60 * ms, 2}}
	if nanos := doubled(servings(seen, 50*ms)); nanos != 10*ms {
		t.Errorf("%d ns", nanos)
	}
}

func TestAMoveIsNoDoubleAnswer(t *testing.T) {
	seen := servings([]sighting{{0, 1}, {20 * ms, 1}, {21 * ms, 2}, {40 * ms, 2}}, 50*ms)
	if nanos := doubled(seen); nanos != 0 {
		t.Errorf("%d ns", nanos)
	}
	if found := moves("a", seen, 20*ms); len(found) != 1 || found[0].From != "n1" || found[0].AtMs != 1 {
		t.Errorf("%v", found)
	}
}

func TestAPauseIsNoMove(t *testing.T) {
	seen := servings([]sighting{{0, 1}, {200 * ms, 1}}, 50*ms)
	if found := moves("a", seen, 0); len(seen) != 2 || len(found) != 0 {
		t.Errorf("%v %v", seen, found)
	}
}

func TestTheVictimsAddressesMayLeaveItOnce(t *testing.T) {
	away := move{Address: "a", From: "n1", To: "n2"}
	back := move{Address: "a", From: "n2", To: "n1"}
	other := move{Address: "b", From: "n3", To: "n2"}
	for _, each := range []struct {
		moves     []move
		explained int
		unasked   int
	}{
		{[]move{away}, 1, 0}, {[]move{away}, 0, 1}, {[]move{away, back}, 1, 1}, {[]move{away, back, away}, 1, 2}, {[]move{other}, 1, 1},
	} {
		if count := unasked(each.moves, "n1", each.explained); count != each.unasked {
			t.Errorf("%v: %d", each, count)
		}
	}
}

func TestQuantilesAreMeasuredValues(t *testing.T) {
	values := []float64{4, 1, 3, 2}
	if quantile(values, 0.5) != 2 || quantile(values, 1) != 4 || quantile(nil, 0.5) != 0 {
		t.Errorf("%v %v", quantile(values, 0.5), quantile(values, 1))
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type results struct {
	folder string
	column string
	rounds []roundResult
}

type spread struct {
	P50 float64 `json:"p50"`
	Max float64 `json:"max"`
	Of  int     `json:"of"` // so many samples
}

type planned struct {
	Refused  int `json:"refused"` // also reset before an answer
	TimedOut int `json:"timed_out"`
	Broken   int `json:"broken"`
}

type figures struct {
	NodeDeathMs    spread                  `json:"node_death_ms"`
	ApiDownMs      spread                  `json:"api_down_node_death_ms"`
	SigkillMs      spread                  `json:"sigkill_ms"`
	Planned        planned                 `json:"planned"`
	DoubleOwnerMs  float64                 `json:"double_owner_ms"`  // outside partitions
	DoubleAnswerMs float64                 `json:"double_answer_ms"` // outside partitions
	UnaskedMoves   int                     `json:"unasked_moves"`
	FailedRounds   int                     `json:"failed_rounds"`
	ClientLagMs    float64                 `json:"client_lag_ms"`
	At             string                  `json:"at"`
	Inputs         map[string]inputFigures `json:"inputs"`
}

type inputFigures struct {
	Rounds         int     `json:"rounds"`
	FailedRounds   int     `json:"failed_rounds"`
	SilenceMs      spread  `json:"silence_ms"` // of an address of the victim
	OthersMs       spread  `json:"others_ms"`  // of the others' worst, a round
	HeldMs         spread  `json:"held_ms"`    // of the worst open connection, a round
	Refused        int     `json:"refused"`
	Reset          int     `json:"reset"`
	TimedOut       int     `json:"timed_out"`
	Unreachable    int     `json:"unreachable"`
	Broken         int     `json:"broken"`
	DoubleOwnerMs  float64 `json:"double_owner_ms"`
	DoubleAnswerMs float64 `json:"double_answer_ms"`
	SettledMs      float64 `json:"settled_ms"`
	UnaskedMoves   int     `json:"unasked_moves"`
}

func (r *results) add(round roundResult) {
	r.rounds = append(r.rounds, round)
	if round.Error != "" {
		fmt.Fprintf(os.Stderr, "  %-18s round %2d  FAILED: %s\n", round.Input, round.Round, strings.TrimSpace(round.Error))
		return
	}
	fmt.Fprintf(os.Stderr,
		"  %-18s round %2d  %s had %2d: silent p50 %8.1f max %8.1f ms, others %6.1f ms; %3d refused %3d reset %4d timed out; %2d broken; double %5.1f ms; %d unasked moves; lag %3.0f ms\n",
		round.Input, round.Round, round.Victim, len(round.SilenceMs), quantile(round.SilenceMs, 0.5), quantile(round.SilenceMs, 1), round.OthersMs,
		round.Refused, round.Reset, round.TimedOut, round.Broken, max(round.DoubleOwnerMs, round.DoubleReplyMs), round.UnaskedMoves, round.ClientLagMs)
}

func spreadOf(values []float64) spread {
	return spread{quantile(values, 0.5), quantile(values, 1), len(values)}
}

func (r *results) figures() figures {
	f := figures{At: time.Now().UTC().Format(time.RFC3339), Inputs: map[string]inputFigures{}}
	deaths := map[string][]float64{}
	for _, in := range inputs {
		var i inputFigures
		var silences, others, held []float64
		for _, round := range r.rounds {
			if round.Input != in.name {
				continue
			}
			i.Rounds++
			if round.Error != "" {
				i.FailedRounds++
				continue
			}
			silences = append(silences, round.SilenceMs...)
			others, held = append(others, round.OthersMs), append(held, round.HeldMs)
			i.Refused += round.Refused
			i.Reset += round.Reset
			i.TimedOut += round.TimedOut
			i.Unreachable += round.Unreachable
			i.Broken += round.Broken
			i.UnaskedMoves += round.UnaskedMoves
			i.DoubleOwnerMs = max(i.DoubleOwnerMs, round.DoubleOwnerMs)
			i.DoubleAnswerMs = max(i.DoubleAnswerMs, round.DoubleReplyMs)
			i.SettledMs = max(i.SettledMs, round.SettledMs)
			f.ClientLagMs = max(f.ClientLagMs, round.ClientLagMs)
		}
		if i.Rounds == 0 {
			continue
		}
		i.SilenceMs, i.OthersMs, i.HeldMs = spreadOf(silences), spreadOf(others), spreadOf(held)
		f.Inputs[in.name] = i
		f.FailedRounds += i.FailedRounds
		f.UnaskedMoves += i.UnaskedMoves
		if !in.partition {
			f.DoubleOwnerMs = max(f.DoubleOwnerMs, i.DoubleOwnerMs)
			f.DoubleAnswerMs = max(f.DoubleAnswerMs, i.DoubleAnswerMs)
		}
		if in.planned {
			f.Planned.Refused += i.Refused + i.Reset
			f.Planned.TimedOut += i.TimedOut + i.Unreachable
			f.Planned.Broken += i.Broken
		}
		deaths[in.death] = append(deaths[in.death], silences...)
	}
	f.NodeDeathMs, f.ApiDownMs, f.SigkillMs = spreadOf(deaths["node"]), spreadOf(deaths["api-down"]), spreadOf(deaths["process"])
	return f
}

// write replaces the rounds of these inputs in this column of the files, and leaves all others: a whole run takes hours.
func (r *results) write() {
	must("results", os.MkdirAll(r.folder, 0o755))
	file := filepath.Join(r.folder, "failover-rounds.json")
	var before []roundResult
	if text, known := read(file)[r.column]; known {
		must(file, json.Unmarshal(text, &before))
	}
	all := results{rounds: append([]roundResult(nil), r.rounds...)}
	for _, round := range before {
		if !r.has(round.Input) {
			all.rounds = append(all.rounds, round)
		}
	}
	replace(file, r.column, all.rounds)
	replace(filepath.Join(r.folder, "failover.json"), r.column, all.figures())
}

func (r *results) has(input string) bool {
	for _, round := range r.rounds {
		if round.Input == input {
			return true
		}
	}
	return false
}

func read(file string) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	if text, err := os.ReadFile(file); err == nil {
		must(file, json.Unmarshal(text, &all))
	}
	return all
}

func replace(file, column string, value any) {
	all := read(file)
	text, err := json.Marshal(value)
	must(file, err)
	all[column] = text
	text, err = json.MarshalIndent(all, "", "  ")
	must(file, err)
	must(file, os.WriteFile(file, append(text, '\n'), 0o644))
}

// table prints the figures of all columns in a file of results.
func table(file string) {
	text, err := os.ReadFile(file)
	must(file, err)
	all := map[string]figures{}
	must(file, json.Unmarshal(text, &all))
	for _, column := range []string{"ballast", "metallb", "ballast_hogs", "metallb_hogs"} {
		f, measured := all[column]
		if !measured {
			continue
		}
		fmt.Printf("\n%s, %s\n", column, f.At)
		fmt.Printf("  %-18s %6s %19s %19s %19s %7s %6s %7s %6s %9s %7s\n", "", "rounds",
			"silent p50/max ms", "others p50/max ms", "held p50/max ms", "refused", "reset", "timeout", "broken", "double ms", "unasked")
		for _, in := range inputs {
			i, measured := f.Inputs[in.name]
			if !measured {
				continue
			}
			fmt.Printf("  %-18s %6d %19s %19s %19s %7d %6d %7d %6d %9.1f %7d%s\n", in.name, i.Rounds, i.SilenceMs, i.OthersMs, i.HeldMs,
				i.Refused, i.Reset, i.TimedOut+i.Unreachable, i.Broken, max(i.DoubleOwnerMs, i.DoubleAnswerMs), i.UnaskedMoves, failedNote(i.FailedRounds))
		}
		fmt.Printf("  node death %s ms, without the API server %s ms, SIGKILL %s ms\n", f.NodeDeathMs, f.ApiDownMs, f.SigkillMs)
		fmt.Printf("  planned: %d refused, %d timed out, %d broken; outside partitions two nodes answered for %.1f ms; %d unasked moves; client lag %.0f ms\n",
			f.Planned.Refused, f.Planned.TimedOut, f.Planned.Broken, max(f.DoubleOwnerMs, f.DoubleAnswerMs), f.UnaskedMoves, f.ClientLagMs)
	}
}

func (s spread) String() string {
	if s.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f / %.0f", s.P50, s.Max)
}

func failedNote(rounds int) string {
	if rounds == 0 {
		return ""
	}
	return fmt.Sprintf("  %d rounds failed", rounds)
}

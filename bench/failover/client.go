package main

import (
	"errors"
	"flag"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	every    = 10 * time.Millisecond  // a new connection to each address
	patience = 200 * time.Millisecond // for one: the kernel repeats a SYN after 1 s, and that hides when an address answers
	talk     = 100 * time.Millisecond // between the requests of a connection that stays open
	silence  = 2 * time.Second        // after which such a connection counts as broken
	port     = "80"

	// Answers of one node further apart than this are two times of serving.
	gap = 150 * time.Millisecond
)

type addressReport struct {
	Answered    int       `json:"answered"`
	Refused     int       `json:"refused"`
	Reset       int       `json:"reset"`
	TimedOut    int       `json:"timed_out"`
	Unreachable int       `json:"unreachable"`
	Outages     []span    `json:"outages"`
	Servings    []serving `json:"servings"`
}

// What errors say that are none of these, such as a limit of the client itself.
type strangeErrors struct {
	mutex sync.Mutex
	count map[string]int
}

func (s *strangeErrors) add(err error) {
	text := err.Error()
	text = text[strings.LastIndex(text, "->")+1:]
	text = text[strings.Index(text, ": ")+1:]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.count[text]++
}

func (s *strangeErrors) take() map[string]int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	count := s.count
	s.count = map[string]int{}
	return count
}

var strange = &strangeErrors{count: map[string]int{}}

type breakage struct {
	Address string `json:"address"`
	At      int64  `json:"at"`
	How     string `json:"how"`
}

type clientReport struct {
	Addresses map[string]*addressReport `json:"addresses"`
	Broken    []breakage                `json:"broken"`
	HeldGap   map[string]int64          `json:"held_gap"` // longest time of an open connection without an answer, in ns
	Strange   map[string]int            `json:"strange"`
	Lag       int64                     `json:"lag"` // longest delay of the client itself, in ns
}

// The connections that were opened within the last second and have ended.
type glance struct {
	Good int `json:"good"`
	Bad  int `json:"bad"`
}

type prober struct {
	address  string
	mutex    sync.Mutex
	attempts []attempt
}

type holder struct {
	mutex  sync.Mutex
	broken []breakage
	gaps   map[string]int64
	epoch  atomic.Int64 // connections of an older one are renewed
}

// client opens connections and holds some, until its standard input ends. A line there is `take`, `glance` or `renew`.
func client(arguments []string) {
	flags := flag.NewFlagSet("client", flag.ExitOnError)
	list := flags.String("addresses", "", "")
	held := flags.Int("held", 50, "connections that stay open")
	_ = flags.Parse(arguments)
	addresses := strings.Split(*list, ",")
	var lag atomic.Int64
	h := &holder{gaps: map[string]int64{}}
	var probers []*prober
	for i, address := range addresses {
		p := &prober{address: address}
		probers = append(probers, p)
		go p.probe(time.Duration(i)*every/time.Duration(len(addresses)), &lag)
	}
	for i := range *held {
		go h.hold(addresses[i%len(addresses)], time.Duration(i)*talk/time.Duration(*held))
	}
	obey(func(command string) any {
		switch command {
		case "take":
			report := clientReport{Addresses: map[string]*addressReport{}, Lag: lag.Swap(0)}
			for _, p := range probers {
				report.Addresses[p.address] = p.take()
			}
			report.Broken, report.HeldGap = h.take()
			report.Strange = strange.take()
			lag.Store(0) // what this has cost is not part of the next round
			return report
		case "glance":
			glances := map[string]glance{}
			for _, p := range probers {
				glances[p.address] = p.glance()
			}
			return glances
		default:
			h.epoch.Add(1)
			return "renewed"
		}
	})
}

func (p *prober) probe(offset time.Duration, lag *atomic.Int64) {
	next := time.Now().Add(offset)
	for {
		time.Sleep(time.Until(next))
		late := int64(time.Since(next))
		for before := lag.Load(); late > before && !lag.CompareAndSwap(before, late); before = lag.Load() {
		}
		go p.once()
		next = next.Add(every)
	}
}

func (p *prober) once() {
	a := attempt{start: now()}
	node, err := askOnce(p.address)
	a.end, a.node, a.outcome = now(), node, outcomeOf(err)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.attempts = append(p.attempts, a)
}

func (p *prober) glance() (seen glance) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	// They are in the order of their ends, and none takes much longer than the client's patience.
	since, older := now()-int64(time.Second), now()-int64(2*time.Second)
	for i := len(p.attempts) - 1; i >= 0 && p.attempts[i].end > older; i-- {
		switch a := p.attempts[i]; {
		case a.start < since:
		case a.outcome == answered:
			seen.Good++
		default:
			seen.Bad++
		}
	}
	return seen
}

func askOnce(address string) (node uint8, err error) {
	deadline := time.Now().Add(patience)
	connection, err := dial(address, deadline)
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	// No connection of this client waits in TIME_WAIT: it opens 1,200 a second.
	_ = connection.(*net.TCPConn).SetLinger(0)
	return ask(connection, deadline)
}

func dial(address string, deadline time.Time) (net.Conn, error) {
	dialer := net.Dialer{Deadline: deadline, KeepAlive: -1}
	return dialer.Dial("tcp4", address+":"+port)
}

// ask: the backend says by which node the request came.
func ask(connection net.Conn, deadline time.Time) (node uint8, err error) {
	_ = connection.SetDeadline(deadline)
	if _, err = connection.Write([]byte{'?'}); err != nil {
		return 0, err
	}
	var answer [1]byte
	_, err = io.ReadFull(connection, answer[:])
	return answer[0], err
}

func outcomeOf(err error) outcome {
	var failure net.Error
	switch {
	case err == nil:
		return answered
	case errors.Is(err, syscall.ECONNREFUSED):
		return refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return unreachable
	case errors.As(err, &failure) && failure.Timeout():
		return timedOut
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF):
		return reset
	default:
		strange.add(err)
		return reset
	}
}

func (p *prober) take() *addressReport {
	p.mutex.Lock()
	attempts := p.attempts
	p.attempts = nil
	p.mutex.Unlock()
	report := &addressReport{Outages: outages(attempts, now())}
	var sightings []sighting
	for _, a := range attempts {
		switch a.outcome {
		case answered:
			report.Answered++
			sightings = append(sightings, sighting{a.start, a.node})
		case refused:
			report.Refused++
		case reset:
			report.Reset++
		case timedOut:
			report.TimedOut++
		case unreachable:
			report.Unreachable++
		}
	}
	report.Servings = servings(sightings, int64(gap))
	return report
}

// hold keeps one connection, and opens another one as soon as it can when that breaks.
func (h *holder) hold(address string, offset time.Duration) {
	time.Sleep(offset)
	last := int64(0)
	for {
		connection, err := dial(address, time.Now().Add(patience))
		if err != nil {
			time.Sleep(every)
			continue
		}
		last = h.talk(connection, address, last)
		_ = connection.Close()
	}
}

func (h *holder) talk(connection net.Conn, address string, last int64) int64 {
	worked := false
	for epoch := h.epoch.Load(); epoch == h.epoch.Load(); time.Sleep(talk) {
		if _, err := ask(connection, time.Now().Add(silence)); err != nil {
			if worked {
				h.broke(address, err)
			} else {
				time.Sleep(every)
			}
			return last
		}
		worked = true
		if last != 0 {
			h.answered(address, now()-last)
		}
		last = now()
	}
	return last
}

func (h *holder) broke(address string, err error) {
	how := map[outcome]string{timedOut: "silent"}[outcomeOf(err)]
	if how == "" {
		how = "reset"
	}
	if errors.Is(err, io.EOF) {
		how = "closed"
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.broken = append(h.broken, breakage{address, now(), how})
}

func (h *holder) answered(address string, after int64) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.gaps[address] = max(h.gaps[address], after)
}

func (h *holder) take() (broken []breakage, gaps map[string]int64) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	broken, gaps = h.broken, h.gaps
	h.broken, h.gaps = nil, map[string]int64{}
	return broken, gaps
}

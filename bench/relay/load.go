package main

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"syscall"
	"time"
)

// One measurement: what the client saw, and what it cost. The window starts after the warm-up.
type result struct {
	Units     float64   `json:"units"` // requests, connections, MB or datagrams
	Seconds   float64   `json:"seconds"`
	Machine   float64   `json:"machine_us"` // CPU-µs a unit, of the whole machine
	Process   float64   `json:"process_us"` // of the proxy's process
	Three     float64   `json:"three_us"`   // of proxy, client and backend: what others do meanwhile is not in it, nor are kernel threads
	Ksoftirqd float64   `json:"ksoftirqd_us"`
	P50       float64   `json:"p50_ms"`
	P99       float64   `json:"p99_ms"`
	P999      float64   `json:"p999_ms"`
	Errors    int       `json:"errors"`
	RSS       float64   `json:"rss_mb"` // of the proxy, at the end, its connections still open
	PerSecond []float64 `json:"per_second,omitempty"`
}

type client struct {
	kind    string
	address string
	port    int
	conns   int
	idle    int
	rate    float64
	seconds float64
	warm    float64
	size    int64
	pid     int
	backend int

	to       syscall.Sockaddr
	p        *poller
	flows    map[int]*flow
	waiting  []time.Duration // scheduled times that no connection was free for
	free     []*flow
	request  []byte
	buffer   []byte
	latency  histogram
	began    time.Time
	window   bool
	units    float64
	errors   int
	scanned  time.Time
	perSec   []float64
	finished bool
}

type flow struct {
	fd   int
	have int64
	sent time.Duration
}

func load(arguments []string) {
	c := &client{p: newPoller(), flows: map[int]*flow{}, buffer: make([]byte, 256*1024), request: make([]byte, requestSize)}
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	flags.StringVar(&c.kind, "kind", "keepalive", "keepalive, connect, bulk, udp")
	flags.StringVar(&c.address, "address", loopback, "of the proxy")
	flags.IntVar(&c.port, "port", 0, "of the proxy")
	flags.IntVar(&c.conns, "conns", 64, "connections at a time")
	flags.IntVar(&c.idle, "idle", 0, "connections that answer once and then stay")
	flags.Float64Var(&c.rate, "rate", 0, "requests a second; 0: the next as soon as the last is answered")
	flags.Float64Var(&c.seconds, "seconds", 3, "")
	flags.Float64Var(&c.warm, "warm", 0.3, "seconds before the window")
	flags.Int64Var(&c.size, "size", 100_000_000, "bytes of a bulk answer")
	flags.IntVar(&c.pid, "pid", 0, "of the proxy")
	flags.IntVar(&c.backend, "backend-pid", 0, "of the backend")
	_ = flags.Parse(arguments)
	c.to = at(c.address, c.port)
	c.request[0] = 'q'
	if c.kind == "bulk" {
		c.request[0] = 'b'
		binary.BigEndian.PutUint64(c.request[1:], uint64(c.size))
	}
	for range c.idle {
		fd := c.connect()
		if write(fd, c.request) < 0 {
			die("idle connection", syscall.EPIPE)
		}
		must("blocking", syscall.SetNonblock(fd, false))
		for have := 0; have < answerSize; {
			n := read(fd, c.buffer)
			if n <= 0 {
				die("idle connection", syscall.ECONNRESET)
			}
			have += n
		}
	}
	out, err := json.Marshal(c.run())
	must("json", err)
	fmt.Println(string(out))
}

func (c *client) connect() int {
	kind := syscall.SOCK_STREAM
	if c.kind == "udp" {
		kind = syscall.SOCK_DGRAM
	}
	fd, err := syscall.Socket(syscall.AF_INET, kind, 0)
	must("socket", err)
	must("connect", syscall.Connect(fd, c.to))
	must("nonblocking", syscall.SetNonblock(fd, true))
	if c.kind != "udp" {
		noDelay(fd)
	}
	return fd
}

func (c *client) now() time.Duration { return time.Since(c.began) }

func (c *client) open() {
	since := c.now()
	f := &flow{fd: c.connect(), sent: since}
	c.flows[f.fd] = f
	c.p.add(f.fd, etIn)
	if c.rate > 0 {
		c.free = append(c.free, f)
		return
	}
	c.send(f, since)
}

func (c *client) send(f *flow, scheduled time.Duration) {
	f.have, f.sent = 0, scheduled
	if write(f.fd, c.request) == -2 {
		c.reopen(f)
	}
}

func (c *client) reopen(f *flow) {
	c.errors++
	delete(c.flows, f.fd)
	shut(f.fd)
	if c.errors > 1000 {
		die("too many errors", syscall.ECONNRESET)
	}
	c.open()
}

func (c *client) run() result {
	c.began = time.Now()
	for range c.conns {
		c.open()
	}
	start := time.Duration(c.warm * float64(time.Second))
	end := start + time.Duration(c.seconds*float64(time.Second))
	interval := time.Duration(0)
	if c.rate > 0 {
		interval = time.Duration(float64(time.Second) / c.rate)
	}
	var before cost
	next := time.Duration(0)
	var windowStart time.Duration
	lastSecond, lastUnits := time.Duration(0), 0.0
	for {
		now := c.now()
		if !c.window && now >= start {
			c.window, c.units, windowStart, c.latency = true, 0, now, histogram{}
			lastSecond = now
			before = costNow(c.pid, c.backend)
		}
		if c.window && now-lastSecond >= time.Second {
			c.perSec = append(c.perSec, (c.units-lastUnits)/(now-lastSecond).Seconds())
			lastSecond, lastUnits = now, c.units
		}
		if now >= end {
			break
		}
		pause := end - now
		if interval > 0 {
			for ; next <= now; next += interval {
				c.due(next)
			}
			pause = min(pause, next-c.now())
		}
		if !c.window {
			pause = min(pause, start-now)
		}
		pause = min(pause, 100*time.Millisecond)
		for _, event := range c.p.wait(max(pause, 0)) {
			if f := c.flows[int(event.Fd)]; f != nil {
				c.readable(f)
			}
		}
		if c.kind == "udp" {
			c.repeatLost()
		}
	}
	after := costNow(c.pid, c.backend)
	seconds := (c.now() - windowStart).Seconds()
	r := result{Units: c.units, Seconds: seconds, Errors: c.errors, RSS: rss(c.pid), PerSecond: c.perSec}
	r.Machine = (after.machine - before.machine) * 1e6 / c.units
	r.Process = (after.process - before.process) * 1e6 / c.units
	r.Ksoftirqd = (after.ksoftirqd - before.ksoftirqd) * 1e6 / c.units
	r.Three = (after.three - before.three) * 1e6 / c.units
	r.P50, r.P99, r.P999 = c.latency.at(0.5), c.latency.at(0.99), c.latency.at(0.999)
	return r
}

func (c *client) due(scheduled time.Duration) {
	if n := len(c.free); n > 0 {
		f := c.free[n-1]
		c.free = c.free[:n-1]
		c.send(f, scheduled)
		return
	}
	c.waiting = append(c.waiting, scheduled)
}

func (c *client) readable(f *flow) {
	n := read(f.fd, c.buffer)
	if n == -1 {
		return
	}
	if n <= 0 {
		c.reopen(f)
		return
	}
	if c.kind == "udp" {
		c.done(f, 2)
		c.send(f, c.now())
		return
	}
	f.have += int64(n)
	if c.kind == "bulk" {
		c.units += float64(n) / 1e6
		if f.have == c.size {
			c.again(f)
		}
		return
	}
	if f.have < answerSize {
		return
	}
	c.done(f, 1)
	switch {
	case c.kind == "connect":
		c.again(f)
	case c.rate == 0:
		c.send(f, c.now())
	case len(c.waiting) > 0:
		scheduled := c.waiting[0]
		c.waiting = c.waiting[1:]
		c.send(f, scheduled)
	default:
		c.free = append(c.free, f)
	}
}

func (c *client) done(f *flow, units float64) {
	c.units += units
	c.latency.add(c.now() - f.sent)
}

func (c *client) again(f *flow) {
	delete(c.flows, f.fd)
	shut(f.fd)
	c.open()
}

// repeatLost sends again what was not answered for half a second, and counts it.
func (c *client) repeatLost() {
	if time.Since(c.scanned) < 100*time.Millisecond {
		return
	}
	c.scanned = time.Now()
	for _, f := range c.flows {
		if c.now()-f.sent > 500*time.Millisecond {
			c.errors++
			c.send(f, c.now())
		}
	}
}

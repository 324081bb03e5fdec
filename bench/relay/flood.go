package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"syscall"
	"time"
)

// A flood: one client that does the same thing many times, at a rate. It prints how many times it did it in a second.
// Its addresses and ports are its own, on loopback, in the namespace that the bench made.

type flooding struct {
	kind  string
	to    *syscall.SockaddrInet4
	port  int
	count int
	rate  float64
	held  []int // descriptors that stay open
}

func flood(arguments []string) {
	f := &flooding{}
	flags := flag.NewFlagSet("flood", flag.ExitOnError)
	flags.StringVar(&f.kind, "kind", "", "udp, idle, connect, slow, clients or scrape")
	flags.IntVar(&f.port, "port", 0, "of the proxy")
	flags.IntVar(&f.count, "count", 0, "how many times")
	flags.Float64Var(&f.rate, "rate", 0, "how many a second")
	hold := flags.Float64("hold", 0, "seconds to keep everything open at the end")
	_ = flags.Parse(arguments)
	allowDescriptors(41_000)
	f.to = at(loopback, f.port)
	began := time.Now()
	done, tried := 0, 0
	for i := range f.count {
		if time.Since(began).Seconds() > 1.3*float64(f.count)/f.rate {
			break // it is slower than asked, and says so
		}
		tried++
		if pause := time.Duration(float64(i)/f.rate*float64(time.Second)) - time.Since(began); pause > time.Millisecond {
			time.Sleep(pause)
		}
		if f.once(i) {
			done++
		}
	}
	fmt.Printf("%.0f %d\n", float64(tried)/time.Since(began).Seconds(), done)
	_ = os.Stdout.Close()
	time.Sleep(time.Duration(*hold * float64(time.Second)))
}

// once returns whether it did what it should: a connection that is refused is one that did not.
func (f *flooding) once(i int) bool {
	switch f.kind {
	case "udp":
		return f.datagrams(i)
	case "idle":
		return f.hold(f.connect(i, 4))
	case "slow":
		return f.slow(i)
	case "connect":
		return f.brief(f.connect(i, 4))
	case "clients":
		return f.brief(f.connect(i, f.count))
	case "scrape":
		return scrape(f.port)
	}
	die("flood "+f.kind, syscall.EINVAL)
	return false
}

// source: one of so many client addresses, and a port that no other one has.
func source(i, addresses int) *syscall.SockaddrInet4 {
	address := i % addresses
	return &syscall.SockaddrInet4{
		Port: 1100 + i/addresses%60_000,
		Addr: [4]byte{127, byte(100 + address>>16), byte(address >> 8), byte(address)},
	}
}

func (f *flooding) datagrams(i int) bool {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK, 0)
	must("socket", err)
	defer shut(fd)
	if syscall.Bind(fd, source(i, 4)) != nil {
		return false
	}
	to := *f.to
	to.Port += i % 2 // two Services
	return syscall.Sendto(fd, []byte("flood"), 0, &to) == nil
}

func (f *flooding) connect(i, addresses int) int {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return -1
	}
	_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	// A full backlog must not stop the flood. It is the limit of the peer, and the connection counts as not made.
	_ = syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &syscall.Timeval{Usec: 20_000})
	if syscall.Bind(fd, source(i, addresses)) != nil || syscall.Connect(fd, f.to) != nil {
		shut(fd)
		return -1
	}
	_ = syscall.SetNonblock(fd, true)
	return fd
}

func (f *flooding) hold(fd int) bool {
	if fd >= 0 {
		f.held = append(f.held, fd)
	}
	return fd >= 0
}

// slow asks for a gigabyte, and reads none of it.
func (f *flooding) slow(i int) bool {
	fd := f.connect(i, 4)
	request := make([]byte, requestSize)
	request[0] = 'b'
	copy(request[1:9], []byte{0, 0, 0, 0, 0x40, 0, 0, 0}) // 1 GiB, big-endian
	return fd >= 0 && write(fd, request) == requestSize && f.hold(fd)
}

// brief: the connection ends with RST, so that no port waits. Some are open at a time, as those of real clients.
func (f *flooding) brief(fd int) bool {
	if fd < 0 {
		return false
	}
	f.held = append(f.held, fd)
	if len(f.held) > 100 {
		oldest := f.held[0]
		f.held = f.held[1:]
		_ = syscall.SetsockoptLinger(oldest, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
		shut(oldest)
	}
	return true
}

func scrape(port int) bool {
	response, err := http.Get(fmt.Sprintf("http://%s:%d/metrics", loopback, port))
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode == http.StatusOK
}

package main

import (
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// The client and the backend are meant to cost little and the same each time, so both are one thread
// around epoll, by raw system calls: Go's own poller and scheduler stay out of it.

const (
	requestSize = 128
	answerSize  = 256
	sysPwait2   = 441
	etIn        = uint32(syscall.EPOLLIN)
	etOut       = uint32(syscall.EPOLLOUT)
)

func die(what string, err error) {
	fmt.Fprintf(os.Stderr, "relay bench: %s: %v\n", what, err)
	os.Exit(1)
}

func must(what string, err error) {
	if err != nil {
		die(what, err)
	}
}

const loopback = "127.0.0.1"

func at(address string, port int) *syscall.SockaddrInet4 {
	parsed, err := netip.ParseAddr(address)
	must(address, err)
	return &syscall.SockaddrInet4{Port: port, Addr: parsed.As4()}
}

type poller struct {
	fd     int
	events [512]syscall.EpollEvent
}

func newPoller() *poller {
	fd, err := syscall.EpollCreate1(0)
	must("epoll", err)
	return &poller{fd: fd}
}

func (p *poller) add(fd int, events uint32) {
	event := syscall.EpollEvent{Events: events, Fd: int32(fd)}
	must("epoll_ctl", syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, fd, &event))
}

func (p *poller) change(fd int, events uint32) {
	event := syscall.EpollEvent{Events: events, Fd: int32(fd)}
	must("epoll_ctl", syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_MOD, fd, &event))
}

// wait returns what is ready within this time; a negative one has no end.
func (p *poller) wait(atMost time.Duration) []syscall.EpollEvent {
	var limit *syscall.Timespec
	if atMost >= 0 {
		t := syscall.NsecToTimespec(int64(atMost))
		limit = &t
	}
	n, _, errno := syscall.RawSyscall6(sysPwait2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])),
		uintptr(len(p.events)), uintptr(unsafe.Pointer(limit)), 0, 0)
	if errno == syscall.EINTR {
		return nil
	}
	if errno != 0 {
		die("epoll_pwait2", errno)
	}
	return p.events[:n]
}

// read returns 0 at the end, -1 when nothing is there, -2 when the connection was reset.
func read(fd int, buffer []byte) int {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	switch errno {
	case 0:
		return int(n)
	case syscall.EAGAIN, syscall.EINTR:
		return -1
	}
	return -2
}

// write returns -1 when there is no room, -2 when the connection is gone.
func write(fd int, bytes []byte) int {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&bytes[0])),
		uintptr(len(bytes)), syscall.MSG_NOSIGNAL, 0, 0)
	switch errno {
	case 0:
		return int(n)
	case syscall.EAGAIN, syscall.EINTR:
		return -1
	}
	return -2
}

func shut(fd int) { syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(fd), 0, 0) }

func noDelay(fd int) {
	must("TCP_NODELAY", syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1))
}

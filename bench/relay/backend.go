package main

import (
	"encoding/binary"
	"syscall"
)

// A request has 128 bytes. The first one says what is wanted: 'q' an answer of 256 bytes, 'b' as many
// bytes as the next eight say. A datagram goes back as it came.

type serving struct {
	have int
	left int64
	head [9]byte
}

func backend(address string, port int) {
	p := newPoller()
	listener := listen(at(address, port))
	p.add(listener, etIn)
	datagrams := bindDatagrams(at(address, port))
	p.add(datagrams, etIn)
	connections := map[int]*serving{}
	buffer := make([]byte, 256*1024)
	answer := make([]byte, answerSize)
	for {
		for _, event := range p.wait(-1) {
			fd := int(event.Fd)
			switch fd {
			case listener:
				for {
					accepted, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK)
					if err != nil {
						break
					}
					noDelay(accepted)
					connections[accepted] = &serving{}
					p.add(accepted, etIn)
				}
			case datagrams:
				echo(datagrams, buffer)
			default:
				c := connections[fd]
				if c == nil {
					continue
				}
				if !serve(p, fd, c, buffer, answer) {
					delete(connections, fd)
					shut(fd)
				}
			}
		}
	}
}

func listen(address syscall.Sockaddr) int {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	must("socket", err)
	must("SO_REUSEADDR", syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
	must("bind", syscall.Bind(fd, address))
	must("listen", syscall.Listen(fd, 4096))
	return fd
}

func bindDatagrams(address syscall.Sockaddr) int {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK, 0)
	must("socket", err)
	must("bind", syscall.Bind(fd, address))
	return fd
}

func echo(fd int, buffer []byte) {
	for {
		n, from, err := syscall.Recvfrom(fd, buffer, 0)
		if err != nil {
			return
		}
		_ = syscall.Sendto(fd, buffer[:n], 0, from)
	}
}

// serve returns false when the connection is over.
func serve(p *poller, fd int, c *serving, buffer, answer []byte) bool {
	if c.left > 0 {
		return pour(p, fd, c, buffer)
	}
	n := read(fd, buffer[:4096])
	if n == -1 {
		return true
	}
	if n <= 0 {
		return false
	}
	for i := 0; i < n; {
		take := min(n-i, requestSize-c.have)
		if c.have < len(c.head) {
			copy(c.head[c.have:], buffer[i:i+take])
		}
		c.have += take
		i += take
		if c.have < requestSize {
			continue
		}
		c.have = 0
		if c.head[0] == 'b' {
			c.left = int64(binary.BigEndian.Uint64(c.head[1:]))
			return pour(p, fd, c, buffer)
		}
		if write(fd, answer) != len(answer) {
			return false
		}
	}
	return true
}

func pour(p *poller, fd int, c *serving, buffer []byte) bool {
	for c.left > 0 {
		n := write(fd, buffer[:min(int64(len(buffer)), c.left)])
		if n == -1 {
			p.change(fd, etIn|etOut)
			return true
		}
		if n < 0 {
			return false
		}
		c.left -= int64(n)
	}
	p.change(fd, etIn)
	return true
}

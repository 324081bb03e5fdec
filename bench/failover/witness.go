package main

import (
	"encoding/binary"
	"flag"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"
)

// How often the witness asks the LAN who has an address.
const arpEvery = 25 * time.Millisecond

type observer struct {
	mutex     sync.Mutex
	sightings map[string][]sighting
}

// witness is the backend of all addresses. It asks who has them, and hears who says so without being asked.
// A line on its standard input is `take` or `owners`.
func witness(arguments []string) {
	flags := flag.NewFlagSet("witness", flag.ExitOnError)
	list := flags.String("addresses", "", "to ask for")
	listen := flags.String("listen", "", "address and port of the backend")
	device := flags.String("device", "eth0", "")
	source := flags.String("source", "", "address that asks")
	_ = flags.Parse(arguments)
	backend(*listen)
	o := &observer{sightings: map[string][]sighting{}}
	lan, err := net.InterfaceByName(*device)
	must(*device, err)
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, int(bigEndian(syscall.ETH_P_ARP)))
	must("packet socket", err)
	must("packet socket", syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: bigEndian(syscall.ETH_P_ARP), Ifindex: lan.Index}))
	addresses := strings.Split(*list, ",")
	for _, address := range addresses {
		o.sightings[address] = nil
	}
	go o.listen(fd)
	for i, address := range addresses {
		request := arpRequest(lan.HardwareAddr, net.ParseIP(*source), net.ParseIP(address))
		go o.askWhoHas(fd, request, time.Duration(i)*arpEvery/time.Duration(len(addresses)))
	}
	obey(func(command string) any {
		if command == "take" {
			return o.take()
		}
		return o.owners()
	})
}

// backend answers each byte with the number of the node that the connection comes from.
func backend(listen string) {
	listener, err := net.Listen("tcp4", listen)
	must("backend", err)
	go func() {
		for {
			connection, err := listener.Accept()
			must("backend", err)
			go func() {
				defer connection.Close()
				from := connection.RemoteAddr().(*net.TCPAddr).IP.To4()
				answer, buffer := []byte{from[3] - firstNode}, make([]byte, 1)
				for {
					if _, err := connection.Read(buffer); err != nil {
						return
					}
					if _, err := connection.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
}

// The last byte of the address of n1 is one more, and so is that of its MAC address, in hexadecimal digits.
const firstNode = 10

func (o *observer) askWhoHas(fd int, request []byte, offset time.Duration) {
	for next := time.Now().Add(offset); ; next = next.Add(arpEvery) {
		time.Sleep(time.Until(next))
		_, _ = syscall.Write(fd, request)
	}
}

func (o *observer) listen(fd int) {
	frame := make([]byte, 128)
	for {
		n, err := syscall.Read(fd, frame)
		if err == syscall.EINTR {
			continue
		}
		must("packet socket", err)
		if n < 42 {
			continue
		}
		body := frame[14:n]
		reply := binary.BigEndian.Uint16(body[6:]) == 2
		sender, target := net.IP(body[14:18]).String(), net.IP(body[24:28]).String()
		if !reply && sender != target {
			continue
		}
		mac := body[8:14]
		o.mutex.Lock()
		if seen, ours := o.sightings[sender]; ours {
			o.sightings[sender] = append(seen, sighting{now(), mac[5]>>4*10 + mac[5]&15 - firstNode})
		}
		o.mutex.Unlock()
	}
}

func (o *observer) take() map[string][]serving {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	report := map[string][]serving{}
	for address, seen := range o.sightings {
		report[address] = servings(seen, int64(gap))
		o.sightings[address] = nil
	}
	return report
}

// owners: who answered for each address within the last second.
func (o *observer) owners() map[string][]string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	since := now() - int64(time.Second)
	report := map[string][]string{}
	for address, seen := range o.sightings {
		nodes, known := []string{}, map[uint8]bool{}
		for i := len(seen) - 1; i >= 0 && seen[i].at > since; i-- {
			if !known[seen[i].node] {
				known[seen[i].node] = true
				nodes = append(nodes, nodeName(seen[i].node))
			}
		}
		report[address] = nodes
	}
	return report
}

func arpRequest(mac net.HardwareAddr, source, target net.IP) []byte {
	frame := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	frame = append(frame, mac...)
	frame = append(frame, 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1)
	frame = append(frame, mac...)
	frame = append(frame, source.To4()...)
	frame = append(frame, 0, 0, 0, 0, 0, 0)
	return append(frame, target.To4()...)
}

func bigEndian(value uint16) uint16 { return value<<8 | value>>8 }

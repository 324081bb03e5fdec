package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const backendPort = 7000

// A column of the table: something that relays from a port of its own to the backend.
type column struct {
	name    string
	address string
	port    int
	udp     bool // also relays UDP, at the same port
	bulk    bool // only shown for bulk
	command []string
	process *exec.Cmd
}

func (c *column) pid() int {
	if c.process == nil {
		return 0
	}
	return c.process.Process.Pid
}

func columns(dir, java string) []*column {
	flags := strings.Fields(java)
	mine := func(class string) []string { return append(append([]string{}, flags...), class) }
	all := []*column{
		{name: "direct", port: backendPort, udp: true},
		{name: "ballast", port: 7101, udp: true, command: mine("dev.ballast.dataplane.server.StandaloneRelay")},
		{name: "ballast_userspace", port: 7102, udp: true, command: mine("dev.ballast.dataplane.server.StandaloneRelay")},
		{name: "haproxy", port: 7103},
		{name: "haproxy_splice", port: 7104},
		{name: "haproxy_64k", port: 7105, bulk: true},
		{name: "nginx", port: 7106, udp: true},
		{name: "vertx_pipe", port: 7107, command: mine("dev.ballast.dataplane.server.VertxPipeRelay")},
	}
	for _, c := range all {
		c.address = loopback
		switch {
		case strings.HasPrefix(c.name, "haproxy"):
			c.command = []string{"haproxy", "-db", "-f", written(dir, c.name, haproxy(c))}
		case c.name == "nginx":
			c.command = []string{"nginx", "-p", dir, "-e", filepath.Join(dir, "nginx.log"), "-c", written(dir, c.name, nginx(dir, c.port))}
		case len(c.command) > 0:
			c.command = append(c.command, fmt.Sprint(c.port), fmt.Sprint(backendPort))
		}
	}
	return all
}

func written(dir, name, text string) string {
	file := filepath.Join(dir, name+".conf")
	must(file, os.WriteFile(file, []byte(text), 0o644))
	return file
}

func haproxy(c *column) string {
	var global, more string
	switch c.name {
	case "haproxy_64k":
		global = "  tune.bufsize 65536\n"
	case "haproxy_splice":
		more = "  option splice-auto\n"
	}
	return fmt.Sprintf(`global
  nbthread 1
  maxconn %d
  maxpipes 40
%sdefaults
  mode tcp
  timeout connect 5s
  timeout client 300s
  timeout server 300s
%slisten relay
  bind 127.0.0.1:%d
  server backend 127.0.0.1:%d
`, descriptors()/2-150, global, more, c.port, backendPort)
}

func nginx(dir string, port int) string {
	return fmt.Sprintf(`load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
master_process off;
user root;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log %[1]s/nginx.log;
events { worker_connections %[2]d; }
stream {
  server { listen 127.0.0.1:%[3]d; proxy_pass 127.0.0.1:%[4]d; }
  server { listen 127.0.0.1:%[3]d udp; proxy_pass 127.0.0.1:%[4]d; proxy_timeout 60s; }
}
`, dir, descriptors()-100, port, backendPort)
}

// pinned starts a command on one processor; it ends when we do, however that is.
func pinned(processor int, log string, env []string, command ...string) *exec.Cmd {
	cmd := exec.Command("taskset", append([]string{"-c", fmt.Sprint(processor)}, command...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := os.Create(log)
	must(log, err)
	cmd.Stdout, cmd.Stderr = out, out
	must(command[0], cmd.Start())
	_ = out.Close()
	return cmd
}

func (c *column) start(dir string) {
	if len(c.command) == 0 {
		return
	}
	log := filepath.Join(dir, c.name+".log")
	c.process = pinned(1, log, nil, c.command...)
	awaitPort(c.address, c.port, log)
}

func awaitPort(address string, port int, log string) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		connection, err := net.Dial("tcp", net.JoinHostPort(address, fmt.Sprint(port)))
		if err == nil {
			_ = connection.Close()
			return
		}
	}
	text, _ := os.ReadFile(log)
	fmt.Fprintf(os.Stderr, "%s\n", text)
	die(fmt.Sprintf("nothing listens at %s:%d", address, port), os.ErrDeadlineExceeded)
}

// stop ends the processes, and waits for them.
func stop(processes []*exec.Cmd) {
	for _, each := range processes {
		_ = each.Process.Signal(syscall.SIGTERM)
	}
	time.AfterFunc(3*time.Second, func() {
		for _, each := range processes {
			_ = each.Process.Kill()
		}
	})
	for _, each := range processes {
		_ = each.Wait()
	}
}

// descriptors: as many as a process may have; root may allow itself more.
func descriptors() int {
	var limit syscall.Rlimit
	must("getrlimit", syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	return int(limit.Max)
}

func allowDescriptors(wanted uint64) {
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: wanted, Max: wanted})
	limit := uint64(descriptors())
	must("setrlimit", syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit, Max: limit}))
}

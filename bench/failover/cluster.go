package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A load balancer on the cluster.
type column struct {
	name      string
	namespace string // of its data plane
	selector  string // of the data plane's Pods
	process   string // in the command line of the data plane's process
	// Its Pods end this long after they are deleted, with the connections that are still open.
	drain time.Duration
}

var columns = map[string]column{
	"ballast": {"ballast", "ballast-system", "app.kubernetes.io/component=dataplane", "dev.ballast.dataplane.server.DataPlaneMain", 30 * time.Second},
	"metallb": {"metallb", "metallb-system", "component=speaker", "/speaker\x00", 0},
}

const exclusion = "node.kubernetes.io/exclude-from-external-load-balancers"

// The cluster that the lab has started.
type cluster struct {
	lab    string
	column column
	hogs   *hogs
}

type failure struct{ text string }

func check(what string, err error) {
	if err != nil {
		panic(failure{fmt.Sprintf("%s: %v", what, err)})
	}
}

var interrupted = make(chan os.Signal, 1)

func sleep(d time.Duration) {
	select {
	case s := <-interrupted:
		panic(s)
	case <-time.After(d):
	}
}

func await(what string, patience time.Duration, condition func() bool) {
	awaitEvery(100*time.Millisecond, what, patience, condition)
}

// awaitWhole asks seldom: each kubectl takes the processor for 100 ms from the nodes, which share this machine.
func (c *cluster) awaitWhole(patience time.Duration) {
	awaitEvery(2*time.Second, "all nodes and data planes are ready", patience, c.isWhole)
}

func awaitEvery(interval time.Duration, what string, patience time.Duration, condition func() bool) {
	for end := time.Now().Add(patience); !condition(); sleep(interval) {
		if time.Now().After(end) {
			panic(failure{fmt.Sprintf("%s: not within %v", what, patience)})
		}
	}
}

// command: in a process group of its own, since a Ctrl-C is no reason to leave a thing half done.
func command(name string, arguments ...string) string {
	cmd := exec.Command(name, arguments...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	text, err := cmd.CombinedOutput()
	if err != nil {
		panic(failure{fmt.Sprintf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, text)})
	}
	return string(text)
}

func (c *cluster) labCommand(arguments ...string) { command(c.lab, arguments...) }

type objects struct {
	Items []struct {
		Metadata struct{ Name, DeletionTimestamp string }
		Spec     struct{ NodeName string }
		Status   struct {
			Conditions        []struct{ Type, Status string }
			ContainerStatuses []struct{ RestartCount int }
		}
	}
}

func get(arguments ...string) (found objects) {
	cmd := exec.Command("kubectl", append([]string{"get", "-o", "json", "--request-timeout=5s"}, arguments...)...)
	text, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err != nil {
		return objects{}
	}
	return found
}

func (o objects) allReady() bool {
	for _, item := range o.Items {
		ready := false
		for _, condition := range item.Status.Conditions {
			ready = ready || condition.Type == "Ready" && condition.Status == "True"
		}
		if !ready || item.Metadata.DeletionTimestamp != "" {
			return false
		}
	}
	return len(o.Items) > 0
}

// isWhole: every node is ready, and so is one data plane on each.
func (c *cluster) isWhole() bool {
	nodes, pods := get("nodes"), c.dataPlanes()
	return nodes.allReady() && pods.allReady() && len(nodes.Items) == len(pods.Items)
}

func (c *cluster) dataPlanes() objects {
	return get("pods", "-n", c.column.namespace, "-l", c.column.selector)
}

func (c *cluster) dataPlanePod(node string) string {
	for _, pod := range c.dataPlanes().Items {
		if pod.Spec.NodeName == node && pod.Metadata.DeletionTimestamp == "" {
			return pod.Metadata.Name
		}
	}
	panic(failure{"no data plane on " + node})
}

// dataPlaneProcess: the lab's nodes are process trees of this machine, each in cgroups of its own.
func (c *cluster) dataPlaneProcess(node string) int {
	commandLines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	check("/proc", err)
	for _, file := range commandLines {
		if pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file))); c.isDataPlane(pid, node) {
			return pid
		}
	}
	panic(failure{"no process of the data plane on " + node})
}

func (c *cluster) isDataPlane(pid int, node string) bool {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	groups, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return strings.Contains(string(line), c.column.process) && strings.Contains(string(groups), "/ballast-"+node+"/")
}

// replaceRestarted: the kubelet waits longer before each restart of a container, so a Pod that has one is replaced.
func (c *cluster) replaceRestarted() {
	for _, pod := range c.dataPlanes().Items {
		for _, container := range pod.Status.ContainerStatuses {
			if container.RestartCount > 0 {
				command("kubectl", "delete", "pod", "-n", c.column.namespace, pod.Metadata.Name)
				break
			}
		}
	}
}

func nodeName(number uint8) string { return fmt.Sprintf("n%d", number) }

// Programs that take all processor time they get: four for each core of the machine, which all nodes share.
type hogs struct {
	running map[string][]*exec.Cmd
	aNode   int
}

const hogsACore = 4

func startHogs(cores int) *hogs {
	h := &hogs{running: map[string][]*exec.Cmd{}}
	nodes := get("nodes").Items
	h.aNode = (hogsACore*cores + len(nodes) - 1) / len(nodes)
	for _, node := range nodes {
		h.start(node.Metadata.Name)
	}
	return h
}

// start puts them into a cgroup beside that of all Pods and of equal weight, as daemons of a node are in system.slice.
func (h *hogs) start(node string) {
	if h == nil {
		return
	}
	self, err := os.Executable()
	must("self", err)
	for _, group := range hogGroups(node) {
		check("hogs", os.MkdirAll(group, 0o755))
	}
	for range h.aNode {
		cmd := exec.Command(self, "hog")
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
		check("hog", cmd.Start())
		h.running[node] = append(h.running[node], cmd)
		for _, group := range hogGroups(node) {
			check("hog", os.WriteFile(group+"/cgroup.procs", []byte(strconv.Itoa(cmd.Process.Pid)), 0))
		}
	}
}

// hogGroups: one with cgroup v2, and with v1 one in each hierarchy that is about processor time.
func hogGroups(node string) (groups []string) {
	for _, hierarchy := range []string{"", "cpu", "cpuacct", "cpu,cpuacct"} {
		group := filepath.Join("/sys/fs/cgroup", hierarchy, "ballast-"+node)
		if link, err := os.Lstat(filepath.Dir(group)); err == nil && link.Mode()&os.ModeSymlink == 0 {
			if _, err := os.Stat(group); err == nil {
				groups = append(groups, group+"/hogs")
			}
		}
	}
	return groups
}

// stop is also what a power failure does to them.
func (h *hogs) stop(node string) {
	if h == nil {
		return
	}
	for _, cmd := range h.running[node] {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	delete(h.running, node)
	for _, group := range hogGroups(node) {
		_ = syscall.Rmdir(group)
	}
}

func (h *hogs) stopAll() {
	if h == nil {
		return
	}
	for node := range h.running {
		h.stop(node)
	}
}

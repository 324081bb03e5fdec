package main

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/fnv"
	"html"
	"os/exec"
	"sort"
	"strings"
)

// A frame: where it is, in the kernel or not.
type place struct {
	name   string
	kernel bool
}

// stacks, each from the outermost frame to the innermost, as often as it was seen.
type stacks [][]place

// folded reads what perf has recorded.
func folded(file string) stacks {
	text, err := exec.Command("perf", "script", "-i", file, "-F", "ip,sym,dso").Output()
	must("perf script", err)
	var s stacks
	var stack []place
	end := func() {
		if len(stack) > 0 {
			s = append(s, stack)
		}
		stack = nil
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			end()
			continue
		}
		where := words[len(words)-1]
		name, _, _ := strings.Cut(strings.Join(words[1:len(words)-1], " "), "+0x")
		if name == "" || name == "[unknown]" {
			name = "?"
		}
		stack = append([]place{{name, where == "([kernel.kallsyms])"}}, stack...)
	}
	end()
	return s
}

func (s stacks) kernelShare() float64 {
	count := 0
	for _, stack := range s {
		if stack[len(stack)-1].kernel {
			count++
		}
	}
	return float64(count) / float64(max(len(s), 1))
}

// top names the innermost frames that were seen most.
func (s stacks) top(most int) string {
	counts := map[string]int{}
	for _, stack := range s {
		counts[stack[len(stack)-1].name]++
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		return counts[names[i]] > counts[names[j]] || (counts[names[i]] == counts[names[j]] && names[i] < names[j])
	})
	var parts []string
	for _, name := range names[:min(most, len(names))] {
		parts = append(parts, fmt.Sprintf("`%s` %.1f %%", name, 100*float64(counts[name])/float64(len(s))))
	}
	return strings.Join(parts, ", ")
}

// flame draws the stacks: as wide as often seen, the outermost frame at the bottom.
func flame(title string, s stacks) string {
	const width, row = 1200.0, 16
	deepest := 0
	var body strings.Builder
	var draw func(frames [][]place, depth int, x float64)
	draw = func(frames [][]place, depth int, x float64) {
		by := map[place][][]place{}
		for _, stack := range frames {
			if depth < len(stack) {
				by[stack[depth]] = append(by[stack[depth]], stack)
			}
		}
		places := make([]place, 0, len(by))
		for p := range by {
			places = append(places, p)
		}
		sort.Slice(places, func(i, j int) bool { return places[i].name < places[j].name })
		for _, p := range places {
			share := float64(len(by[p])) / float64(len(s))
			if share >= 0.004 {
				deepest = max(deepest, depth)
				box(&body, p, share, x, depth, width, row)
				draw(by[p], depth+1, x)
			}
			x += share * width
		}
	}
	draw(s, 0, 0)
	height := (deepest+1)*row + 30
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" font-family="monospace" font-size="10">
<rect width="100%%" height="100%%" fill="white"/><text x="6" y="16" font-size="12">%s: %d samples; blue: kernel</text>
<g transform="translate(0,%d)">
%s</g></svg>
`, width, height, html.EscapeString(title), len(s), height, body.String())
}

func box(body *strings.Builder, p place, share, x float64, depth int, width float64, row int) {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(p.name))
	colour := fmt.Sprintf("hsl(%d,80%%,68%%)", 20+hash.Sum32()%35)
	if p.kernel {
		colour = fmt.Sprintf("hsl(%d,55%%,75%%)", 200+hash.Sum32()%35)
	}
	y := -(depth + 1) * row
	fmt.Fprintf(body, `<g><title>%s %.1f %%</title><rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`,
		html.EscapeString(p.name), 100*share, x, y, max(share*width-0.5, 0.3), row-1, colour)
	if letters := int(share*width/6.1) - 1; letters > 3 {
		fmt.Fprintf(body, `<text x="%.1f" y="%d">%s</text>`, x+2, y+11, html.EscapeString(p.name[:min(letters, len(p.name))]))
	}
	body.WriteString("</g>\n")
}

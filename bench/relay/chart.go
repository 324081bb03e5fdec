package main

import (
	"fmt"
	"strings"
)

// chart draws a panel for each figure that the issue judges: a bar a column, a line for what the rounds lay between.
func chart(b *bench, spreads map[string]map[string]spread) string {
	const width, row, label, top = 720, 18, 150, 26
	panels := []string{"keepalive", "connect", "bulk", "udp", "p99_ms_keepalive", "p99_ms_half_load", "idle_rss_mb", "connections_rss_mb"}
	var body strings.Builder
	y := 10
	for _, name := range panels {
		most, unit := 0.0, ""
		for _, s := range spreads[name] {
			most = max(most, s.Most)
		}
		for _, f := range figures {
			if f.name == name {
				unit = f.unit
			}
		}
		if most <= 0 {
			continue
		}
		fmt.Fprintf(&body, `<text x="10" y="%d" font-weight="bold">%s</text><text x="%d" y="%d" fill="#666">%s; less is better</text>`+"\n",
			y+14, name, label+10, y+14, unit)
		y += top
		scale := (width - label - 90) / most
		for _, c := range b.columns {
			s, found := spreads[name][c.name]
			if !found || (c.name == "direct" && strings.HasSuffix(name, "rss_mb")) {
				continue
			}
			colour := "#9aa5b1"
			if strings.HasPrefix(c.name, "ballast") {
				colour = "#2f6fde"
			}
			fmt.Fprintf(&body, `<text x="10" y="%d">%s</text><rect x="%d" y="%d" width="%.1f" height="12" fill="%s"/>`,
				y+11, c.name, label, y+1, max(0, s.Median*scale), colour)
			fmt.Fprintf(&body, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#222"/><text x="%.1f" y="%d">%.4g</text>`+"\n",
				label+max(0, s.Least*scale), y+7, label+s.Most*scale, y+7, label+s.Most*scale+6, y+11, s.Median)
			y += row
		}
		y += 12
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">
<rect width="100%%" height="100%%" fill="white"/>
%s</svg>
`, width, y, body.String())
}

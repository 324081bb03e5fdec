"""Checks the relative links of every Markdown file of the repository as GitHub resolves them.

MkDocs checks the pages of the site. The files outside docs/ link into it, and GitHub renders them all. Prints each dead
link as FILE:LINE, and exits 1 if there is one.
"""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
FENCE = re.compile(r"\s*(```|~~~)")


def prose(file):
    """The numbered lines of a file that are not in a code block."""
    fenced = False
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


@cache
def anchors(file):
    """The anchors that GitHub gives to the headings of a file."""
    seen, found = {}, set()
    for _, line in prose(file):
        heading = HEADING.match(line)
        if heading:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "")
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            found.add(f"{slug}-{count}" if count else slug)
    return found


def fault(root, file, target):
    """Why a link is dead, or None."""
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    to = (file.parent / unquote(path)).resolve() if path else file
    if not to.is_relative_to(root):
        return "leaves the repository"
    if not to.exists():
        return "there is no such file"
    if anchor and to.suffix == ".md" and anchor not in anchors(to):
        return f"{to.relative_to(root)} has no heading for #{anchor}"
    return None


def main(root):
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "*.md"], check=True, capture_output=True, text=True
    )
    dead = 0
    for name in sorted(set(listed.stdout.splitlines())):
        file = root / name
        if not file.exists():
            continue
        for number, line in prose(file):
            for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                why = fault(root, file, target)
                if why:
                    dead += 1
                    print(f"{name}:{number}: dead link {target}: {why}", file=sys.stderr)
    if dead:
        print(f"{dead} links are dead. Correct the path or the anchor in the lines above.", file=sys.stderr)
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))

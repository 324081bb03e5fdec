# shellcheck shell=bash
#: docs build               build the site from docs/ into target/site; a dead link is an error
#: docs serve [ADDRESS]     serve the site, and rebuild it when a file changes; ADDRESS is 127.0.0.1:8000 by default

DOCS=$ROOT/tools/docs

dev_docs() {
  case ${1:-build} in
    build) docs_build ;;
    serve) docs_serve "${2:-127.0.0.1:8000}" ;;
    *) fail "'docs' has no command '$1'" "it has: build, serve" "./dev help" ;;
  esac
}

docs_build() {
  docs_tools
  "$DOCS_PYTHON" "$DOCS/links.py" "$ROOT"
  docs_mkdocs build --strict --quiet
  say "ok   no link is dead; the site is in $ROOT/target/site"
}

docs_serve() { # address
  docs_tools
  say "The site is on http://$1/. Ctrl-C stops it."
  docs_mkdocs serve --dev-addr "$1"
}

docs_mkdocs() { # command, option…
  local command=$1
  shift
  # Material warns of MkDocs 2, which the pinned versions exclude.
  NO_MKDOCS_2_WARNING=1 "$DOCS_PYTHON" -m mkdocs "$command" --config-file "$DOCS/mkdocs.yml" "$@"
}

# docs_tools: installs the pinned versions into the cache folder once, and sets DOCS_PYTHON.
docs_tools() {
  local versions cache=${BALLAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ballast} folder
  command -v python3 >/dev/null || fail "python3 is missing" "MkDocs builds the site" "apt-get install python3-venv"
  versions=$(sha256sum <"$DOCS/requirements.txt")
  folder=$cache/mkdocs/${versions:0:12}
  DOCS_PYTHON=$folder/bin/python3
  [ ! -e "$folder/complete" ] || return 0
  say "installing MkDocs Material into $folder"
  rm -rf "$folder"
  mkdir -p "$folder" "$ROOT/target"
  logged "$ROOT/target/docs-install.log" python3 -m venv "$folder" ||
    fail "the virtual environment was not created" "see the lines above" "apt-get install python3-venv"
  logged "$ROOT/target/docs-install.log" "$folder/bin/pip" install --quiet --no-deps -r "$DOCS/requirements.txt" ||
    fail "MkDocs Material was not installed" "see the lines above" "check that pip reaches PyPI"
  touch "$folder/complete"
}

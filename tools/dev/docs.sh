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
  docs_can_fail
  "$DOCS_PYTHON" "$DOCS/links.py" "$ROOT" || fail "a link is dead" "see the lines above"
  logged "$ROOT/target/docs.log" docs_mkdocs "$DOCS/mkdocs.yml" build --strict ||
    fail "the site does not build" "see the lines above, or all of target/docs.log"
  say "ok   no link is dead; the site is in $ROOT/target/site"
}

# docs_can_fail: MkDocs counts no warnings when it is quiet, and a setting can hide some. So a page with a dead link and a
# dead anchor must fail.
docs_can_fail() {
  local sample=$ROOT/target/docs-sample
  mkdir -p "$sample/docs"
  printf '# Sample\n\n[a](missing.md) [b](#missing)\n' >"$sample/docs/README.md"
  printf 'INHERIT: %s\ndocs_dir: docs\nsite_dir: site\nnav: [README.md]\n' "$DOCS/mkdocs.yml" >"$sample/mkdocs.yml"
  if docs_mkdocs "$sample/mkdocs.yml" build --strict >"$sample/log" 2>&1; then
    fail "MkDocs accepts a dead link" "$sample/docs is wrong on purpose" "compare the section 'validation' of tools/docs/mkdocs.yml"
  fi
  local link
  for link in missing.md '#missing'; do
    grep -q "'$link'" "$sample/log" || { tail_of "$sample/log"; fail "MkDocs does not find the dead link '$link' of $sample/docs"; }
  done
}

docs_serve() { # address
  docs_tools
  say "The site is on http://$1/. Ctrl-C stops it."
  docs_mkdocs "$DOCS/mkdocs.yml" serve --dev-addr "$1"
}

docs_mkdocs() { # config, command, option…
  local config=$1 command=$2
  shift 2
  # Material warns of MkDocs 2, which the pinned versions exclude.
  NO_MKDOCS_2_WARNING=1 "$DOCS_PYTHON" -m mkdocs "$command" --config-file "$config" "$@"
}

# docs_tools: installs the pinned versions into the cache folder once, and sets DOCS_PYTHON.
docs_tools() {
  local versions cache=${BALLAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ballast} folder
  versions=$(sha256sum <"$DOCS/requirements.txt")
  folder=$cache/mkdocs/${versions:0:12}
  DOCS_PYTHON=$folder/bin/python3
  [ ! -e "$folder/complete" ] || return 0
  mkdir -p "$ROOT/target"
  docs_python
  say "installing MkDocs Material into $folder"
  rm -rf "$folder"
  mkdir -p "$folder"
  logged "$ROOT/target/docs-install.log" python3 -m venv "$folder" ||
    fail "the virtual environment was not created" "see the lines above"
  logged "$ROOT/target/docs-install.log" "$folder/bin/pip" install --quiet --no-deps -r "$DOCS/requirements.txt" ||
    fail "MkDocs Material was not installed" "see the lines above" "check that pip reaches PyPI"
  touch "$folder/complete"
}

# docs_python: Debian has virtual environments in a package of its own, which root gets here.
docs_python() {
  python3 -c 'import ensurepip, venv' 2>/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing python3-venv"
    logged "$ROOT/target/docs-install.log" apt-get install -y -q python3-venv && return
  fi
  fail "Python cannot create virtual environments" "MkDocs builds the site in one" "apt-get install python3-venv"
}

# Sourced by the scripts of this folder: creates a temporary folder to build in, and defines the steps
# that the scripts share. Nothing is ever compiled inside the tree. The folder is removed at the end, or
# kept after a failure, so that its logs can be read.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/circleloss.XXXXXX")
tarball=

# R writes UTF-8 and English whatever the session's language is.
export LC_ALL=C.UTF-8 LANGUAGE=en TZ=UTC
export R_PROFILE_USER=/dev/null

leave() {
  local status=$?
  # 75: what this run needs cannot be had here
  if ((status == 0 || status == 75)); then
    rm -rf --one-file-system "$place"
  else
    echo "Failed. The files of this run are in $place" >&2
  fi
}
trap leave EXIT

say() { printf '\n== %s\n' "$*"; }

# copy_tree FOLDER: the tree as it is now, without history and without what a compiler left.
copy_tree() {
  mkdir -p "$1"
  tar -C "$root" --exclude=./.git --exclude=./bench/environment --exclude=./docs --exclude='*.o' --exclude='*.so' -cf - . | tar -C "$1" -xf -
}

# build_package [OPTIONS of R CMD build]: sets `tarball`.
build_package() {
  [[ -d $place/tree ]] || copy_tree "$place/tree"
  (cd "$place" && R CMD build "$@" tree)
  tarball=$(echo "$place"/circleloss_*.tar.gz)
}

# install_package LIBRARY [MAKEVARS]: installs the tarball, compiled with the flags of a
# Makevars file if one is given. Its whole output is left in LIBRARY.log.
install_package() {
  local library=$1 makevars=${2:-/dev/null}
  mkdir -p "$library"
  if ! R_MAKEVARS_USER=$makevars R CMD INSTALL --no-docs --no-test-load \
    --library="$library" "$tarball" >"$library.log" 2>&1; then
    cat "$library.log"
    return 1
  fi
}

# run_tests LIBRARY [COMMAND...]: the tests against the package in LIBRARY; they leave their
# counts in LIBRARY.counts. COMMAND goes before Rscript: an `env` with variables, say. The tests
# run in the copy of the tree, where they may write snapshots that differ. They answer to interrupts
# even where this script runs in the background, and take the Python that the machine has.
run_tests() {
  local library=$1
  shift
  R_LIBS=$library RETICULATE_USE_MANAGED_VENV=false env --default-signal=INT "$@" Rscript --no-init-file "$root/.ci/tests.R" "$place/tree/tests/testthat" \
    "$library.counts"
}

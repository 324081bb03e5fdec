# shellcheck shell=bash
#: build [MAVEN-OPTION…]    compile and package all modules, without tests

dev_build() {
  maven package -DskipTests "$@"
  say "Built in $(elapsed)."
}

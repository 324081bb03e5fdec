# shellcheck shell=bash
# Certificates and kubeconfigs. PKI is the folder; the caller sets it.

make_ca() {
  mkdir -p "$PKI"
  chmod 700 "$PKI"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=ballast-lab \
    -keyout "$PKI/ca.key" -out "$PKI/ca.crt" 2>/dev/null
  openssl genrsa -out "$PKI/sa.key" 2048 2>/dev/null
  openssl rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub" 2>/dev/null
}

# certificate NAME SUBJECT [ALTERNATIVE-NAMES [KEY-KIND]]
certificate() {
  local kind=(ec -pkeyopt ec_paramgen_curve:prime256v1)
  [ "${4:-ec}" = ec ] || kind=("$4")
  openssl req -newkey "${kind[@]}" -nodes -subj "$2" -keyout "$PKI/$1.key" -out "$PKI/$1.csr" 2>/dev/null
  openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -set_serial "0x$(openssl rand -hex 8)" \
    -days 365 -extfile <(echo "subjectAltName=${3:-DNS:$1}") -out "$PKI/$1.crt" 2>/dev/null
  rm "$PKI/$1.csr"
}

# kubeconfig NAME SERVER FILE: everything inline, so that the file can be copied about.
kubeconfig() {
  (
    umask 077
    cat >"$3" <<END
apiVersion: v1
kind: Config
clusters: [{name: ballast-lab, cluster: {server: "$2", certificate-authority-data: $(base64 -w0 "$PKI/ca.crt")}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$PKI/$1.crt"), client-key-data: $(base64 -w0 "$PKI/$1.key")}}]
contexts: [{name: ballast-lab, context: {cluster: ballast-lab, user: $1}}]
current-context: ballast-lab
END
  )
}

# RSA for the administrator: Java clients read an EC key only with a library more.
admin_certificate() { certificate admin /O=system:masters/CN=admin "" rsa:2048; }

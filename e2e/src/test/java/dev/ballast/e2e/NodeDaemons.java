package dev.ballast.e2e;

/**
 * Daemons of the nodes, such as sshd or an ingress controller: on each node a process that listens
 * on all of the node's addresses.
 */
final class NodeDaemons {

  /** Their ports: SSH, HTTP and the API server. */
  static final int[] PORTS = {22, 80, 6443};

  /** What they answer over HTTP. */
  static final String ANSWER = "a daemon of the node";

  private NodeDaemons() {}

  static void deploy(String namespace) {
    Kubectl.apply(
        """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: daemon, namespace: %1$s}
        spec:
          selector: {matchLabels: {app: daemon}}
          template:
            metadata: {labels: {app: daemon}}
            spec:
              hostNetwork: true
              terminationGracePeriodSeconds: 1
              tolerations: [{operator: Exists}]
              containers:
                - name: daemon
                  image: registry.k8s.io/e2e-test-images/agnhost:2.56
                  command: [/agnhost, porter]
                  env:
                    - {name: SERVE_PORT_%3$d, value: %2$s}
                    - {name: SERVE_PORT_%4$d, value: %2$s}
                    - {name: SERVE_PORT_%5$d, value: %2$s}
                  readinessProbe:
                    tcpSocket: {port: %3$d}
                    periodSeconds: 1
        """
            .formatted(namespace, ANSWER, PORTS[0], PORTS[1], PORTS[2]));
    Terminal.type("kubectl rollout status daemonset daemon --timeout=120s -n " + namespace);
  }

  /** Waits until their ports are free again. */
  static void remove(String namespace) {
    Terminal.type("kubectl delete daemonset daemon --ignore-not-found -n " + namespace);
    Terminal.type("kubectl wait --for=delete pod -l app=daemon --timeout=60s -n " + namespace);
  }
}

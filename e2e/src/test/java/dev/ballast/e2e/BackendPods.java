package dev.ballast.e2e;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Backend Pods that return their name at {@code /hostname}, in a scenario's own namespace. */
final class BackendPods {

  private BackendPods() {}

  static void namespace(String namespace) {
    Terminal.type("kubectl create namespace " + namespace);
  }

  static void deleteNamespace(String namespace) {
    Terminal.type("kubectl delete svc --all --ignore-not-found -n " + namespace);
    Terminal.type("kubectl delete namespace --wait=false " + namespace);
  }

  /** Ready as long as the file /tmp/ready is there; it is when they start. */
  static void deploy(String namespace, int replicas) {
    Kubectl.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: echo, namespace: %s}
        spec:
          replicas: %d
          selector: {matchLabels: {app: echo}}
          template:
            metadata: {labels: {app: echo}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
                - name: echo
                  image: registry.k8s.io/e2e-test-images/agnhost:2.56
                  command: [sh, -c, "touch /tmp/ready && exec /agnhost netexec --http-port=8080"]
                  readinessProbe:
                    exec: {command: [test, -e, /tmp/ready]}
                    periodSeconds: 1
                    failureThreshold: 1
        """
            .formatted(namespace, replicas));
    Terminal.type(
        "kubectl rollout status deployment echo --timeout=120s -n %s".formatted(namespace));
  }

  /** A LoadBalancer Service for them at port 80, and at more ports if given. */
  static String service(String namespace, String name, int... morePorts) {
    return serviceWithPorts(
        namespace, name, IntStream.concat(IntStream.of(80), IntStream.of(morePorts)).toArray());
  }

  /** A LoadBalancer Service for them at these ports. */
  static String serviceWithPorts(String namespace, String name, int... ports) {
    String list = IntStream.of(ports).mapToObj(BackendPods::port).collect(Collectors.joining(", "));
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: %s, namespace: %s}
    spec:
      type: LoadBalancer
      selector: {app: echo}
      ports: [%s]
    """
        .formatted(name, namespace, list);
  }

  private static String port(int port) {
    return "{name: port-%d, port: %d, targetPort: 8080}".formatted(port, port);
  }
}

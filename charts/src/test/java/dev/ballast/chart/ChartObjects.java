package dev.ballast.chart;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** ChartObjects of the chart, and the questions that its tests ask about them. */
record ChartObjects(List<HasMetadata> all) {

  <T extends HasMetadata> List<T> of(Class<T> kind) {
    return all.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  <T extends HasMetadata> T named(Class<T> kind, String name) {
    return of(kind).stream()
        .filter(it -> it.getMetadata().getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("There is no " + kind.getSimpleName() + " " + name));
  }

  PodSpec operator() {
    return named(Deployment.class, "ballast-operator").getSpec().getTemplate().getSpec();
  }

  PodSpec dataPlane() {
    return named(DaemonSet.class, "ballast-dataplane").getSpec().getTemplate().getSpec();
  }

  List<PodSpec> pods() {
    return podTemplates().values().stream().map(PodTemplateSpec::getSpec).toList();
  }

  List<Container> containers() {
    return pods().stream().flatMap(pod -> pod.getContainers().stream()).toList();
  }

  /** By the kind of the object that has the template. */
  Map<String, PodTemplateSpec> podTemplates() {
    Map<String, PodTemplateSpec> found = new HashMap<>();
    Stream.concat(
            of(Deployment.class).stream().map(it -> Map.entry(it, it.getSpec().getTemplate())),
            of(DaemonSet.class).stream().map(it -> Map.entry(it, it.getSpec().getTemplate())))
        .forEach(it -> found.put(it.getKey().getKind(), it.getValue()));
    return found;
  }

  static Map<String, String> environment(PodSpec pod) {
    Map<String, String> values = new HashMap<>();
    for (EnvVar variable : pod.getContainers().getFirst().getEnv()) {
      if (variable.getValue() != null) {
        values.put(variable.getName(), variable.getValue());
      }
    }
    return values;
  }
}

package dev.ballast.operator.service;

import dev.ballast.operator.service.settings.InstallationDefaults;
import dev.ballast.operator.service.settings.SettingDefaults;
import io.fabric8.kubernetes.api.model.Service;
import java.util.Map;
import java.util.function.Function;

/**
 * Reads what each Service wants, with what the installation and the Service's namespace say.
 *
 * @param namespaceAnnotations annotations of the namespace of this name, as the watch shows it
 */
public record LoadBalancerIntents(
    ServiceScope scope,
    InstallationDefaults installation,
    Function<String, Map<String, String>> namespaceAnnotations) {

  LoadBalancerIntent of(Service service) {
    return switch (scope) {
      case OUR_CLASS -> LoadBalancerIntent.of(service, false, defaultsOf(service));
      case CLASSLESS_TOO -> LoadBalancerIntent.of(service, true, defaultsOf(service));
      case NONE -> new LoadBalancerIntent.NotWanted();
    };
  }

  private SettingDefaults defaultsOf(Service service) {
    String namespace = service.getMetadata().getNamespace();
    return new SettingDefaults(namespace, namespaceAnnotations.apply(namespace), installation);
  }
}

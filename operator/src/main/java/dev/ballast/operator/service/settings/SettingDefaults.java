package dev.ballast.operator.service.settings;

import java.util.Map;

/**
 * What applies to a Service that sets nothing itself.
 *
 * @param namespace name of the Service's namespace, for messages
 * @param annotations of the namespace, which come before the defaults of the installation
 */
public record SettingDefaults(
    String namespace, Map<String, String> annotations, InstallationDefaults installation) {}

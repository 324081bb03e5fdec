package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.endpoint.NodeLocality;

/** What a Service wants done on one binding; {@code here}: by a node in this place. */
public record BindingConfig(
    ServiceKey service, Frontend frontend, ConnectionPolicy policy, NodeLocality locality) {}

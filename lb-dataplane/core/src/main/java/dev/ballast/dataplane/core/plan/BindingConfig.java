package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.endpoint.NodeLocality;

/** The configuration of one binding of a Service, on a node of this locality. */
public record BindingConfig(
    ServiceKey service, Frontend frontend, ConnectionPolicy policy, NodeLocality locality) {}

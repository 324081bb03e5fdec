package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The nodes and interfaces that may announce the addresses of an AddressPool.
 *
 * @param nodeSelector selects the nodes; null selects all
 * @param preferredNodeSelector selects those among them that get an address that no node has; null
 *     prefers none
 * @param interfaces names of interfaces, each possibly with {@code *} at the end; empty allows all
 */
@SchemaCustomizer(
    value = SelectorRulesCustomizer.class,
    input = "nodeSelector,preferredNodeSelector")
@SchemaCustomizer(InterfaceRulesCustomizer.class)
public record AnnounceSpec(
    @JsonPropertyDescription(
            "Selects the nodes that can announce the addresses, by their labels. If not set, all nodes can. If labels"
                + " change, an address moves only if its node does not match and another one does.")
        @Nullable LabelSelector nodeSelector,
    @JsonPropertyDescription(
            "Selects the preferred ones among these nodes. An address that no node has goes to one of them, if one is"
                + " there. An address that a node has stays.")
        @Nullable LabelSelector preferredNodeSelector,
    @JsonPropertyDescription(
            "The network interfaces that announce the addresses. An entry is a name (eth1) or the beginning of names"
                + " with an asterisk (enp*). If empty, all interfaces can.")
        List<String> interfaces) {

  public AnnounceSpec {
    interfaces = Lists.orEmpty(interfaces);
  }
}

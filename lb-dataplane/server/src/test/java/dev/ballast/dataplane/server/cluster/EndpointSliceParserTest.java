package dev.ballast.dataplane.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.ServiceKey;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

class EndpointSliceParserTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");

  @Test
  void a_slice_of_a_service_without_pods_has_no_endpoints() {
    // Given: as the API server sends it, with null instead of lists
    EndpointSlice slice =
        new KubernetesSerialization()
            .unmarshal(
                """
                {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
                 "metadata": {"name": "web-1", "namespace": "default"},
                 "addressType": "IPv4", "endpoints": null, "ports": null}
                """,
                EndpointSlice.class);

    // When
    EndpointSliceSnapshot read = EndpointSliceParser.parse(WEB, slice);

    // Then
    assertThat(read.endpoints()).isEmpty();
  }
}

package dev.ballast.dataplane.server.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.ServiceId;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

class SliceReaderTest {

  private static final ServiceId WEB = new ServiceId("default", "web");

  @Test
  void a_slice_of_a_service_without_pods_has_no_endpoints() {
    // Given: as the API server sends it, with nulls where lists would be
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
    Slice read = SliceReader.read(WEB, slice);

    // Then
    assertThat(read.endpoints()).isEmpty();
  }
}

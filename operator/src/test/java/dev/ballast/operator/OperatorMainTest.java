package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import org.junit.jupiter.api.Test;

class OperatorMainTest {

  @Test
  void a_service_account_has_a_token_that_is_refreshed() {
    // Given
    Config config = new ConfigBuilder(Config.empty()).withAutoOAuthToken("of the Pod").build();

    // Then
    assertThat(OperatorMain.hasOnlyCertificate(config)).isFalse();
  }

  @Test
  void a_kubeconfig_with_a_certificate_has_no_token_to_refresh() {
    // Given
    Config config = new ConfigBuilder(Config.empty()).withClientCertData("PEM").build();

    // Then
    assertThat(OperatorMain.hasOnlyCertificate(config)).isTrue();
  }
}

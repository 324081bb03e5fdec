package dev.ballast.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.operator.ApiServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.HttpRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The warnings of the API server for an edit of a pool in use. Nothing is stored. */
@Tag("feature:address")
@ExtendWith(ApiServer.class)
class PoolEditWarningsTest {

  private static final Path POLICY = Path.of("../charts/ballast/files/policies/pool-edits.yaml");
  private static final String POOLS = "apis/ballast.dev/v1alpha1/addresspools/edited";

  private final KubernetesClient client;

  PoolEditWarningsTest(KubernetesClient client) {
    this.client = client;
  }

  @BeforeEach
  void createPoolInUse() throws IOException {
    try (var policy = Files.newInputStream(POLICY)) {
      client.load(policy).serverSideApply();
    }
    pool(
        "192.0.2.0/28",
        "192.0.2.32-192.0.2.40",
        "192.0.2.50",
        "2001:db8::/112",
        "2001:db8::1:1-2001:db8::1:9");
    allocated(3);
    // The API server applies a policy some time after it was stored.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> !warnings("{\"spec\": {\"addresses\": [\"203.0.113.1\"]}}").isEmpty());
  }

  @AfterEach
  void remove() throws IOException {
    client.resources(AddressPool.class).withName("edited").delete();
    try (var policy = Files.newInputStream(POLICY)) {
      client.load(policy).delete();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.32-192.0.2.40,192.0.2.50,2001:db8::/112,2001:db8::1:1-2001:db8::1:9 |"
            + " 192.0.2.0/28",
        "192.0.2.1-192.0.2.15,192.0.2.32-192.0.2.50,2001:db8::/96 | 192.0.2.0/28",
        "192.0.2.0/27,192.0.2.33-192.0.2.50,2001:db8::/96 | 192.0.2.32-192.0.2.40",
        "192.0.2.0/26,2001:db8::/113,2001:db8::1:1-2001:db8::1:9 | 2001:db8::/112",
        "192.0.2.0/26,2001:db8::/112 | 2001:db8::1:1-2001:db8::1:9",
        "198.51.100.0/24,2001:db8::/64 | 192.0.2.0/28, 192.0.2.32-192.0.2.40, 192.0.2.50",
      })
  void removed_addresses_are_named(String addresses, String removed) throws Exception {
    // When
    List<String> warnings = warnings(spec("addresses", addresses));

    // Then
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains(
            "this edit removes "
                + removed
                + " or a part of it. 3 addresses of the pool are allocated or reserved. Services"
                + " keep addresses that no pool contains, and Ballast marks these as Orphaned. To"
                + " list them, run: kubectl get addresses");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.0/26,2001:db8::/64",
        "192.0.2.7/28,192.0.2.16-192.0.2.63,2001:db8::/64",
        "192.0.2.0-192.0.2.15,192.0.2.20-192.0.2.60,2001:db8::/64",
        "192.0.2.0/28,192.0.2.32-192.0.2.40,192.0.2.50,2001:db8::/112,2001:db8::1:1-2001:db8::1:9,203.0.113.0/24",
      })
  void an_enlarged_pool_causes_no_warning(String addresses) throws Exception {
    // When
    List<String> warnings = warnings(spec("addresses", addresses));

    // Then
    assertThat(warnings).isEmpty();
  }

  @Test
  void excluded_and_avoided_addresses_cause_a_warning() throws Exception {
    // When
    List<String> warnings =
        warnings("{\"spec\": {\"exclude\": [\"192.0.2.3\"], \"avoidBuggyIPs\": true}}");

    // Then
    assertThat(warnings)
        .hasSize(2)
        .anySatisfy(
            warning ->
                assertThat(warning)
                    .contains(
                        "this edit excludes 192.0.2.3. 3 addresses of the pool are allocated or"
                            + " reserved."))
        .anySatisfy(
            warning ->
                assertThat(warning)
                    .contains("this edit avoids addresses that end in .0 or .255. 3 addresses"));
  }

  @Test
  void a_deletion_causes_a_warning_that_names_what_it_waits_for() throws Exception {
    // When
    List<String> warnings =
        send(
            client
                .getHttpClient()
                .newHttpRequestBuilder()
                .uri(client.getMasterUrl() + POOLS + "?dryRun=All")
                .delete("application/json", "{}")
                .build());

    // Then
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains(
            "3 addresses of the pool are allocated or reserved. Services keep them. Ballast deletes"
                + " the pool after no Service has an address that only this pool contains. The"
                + " condition InUse of the pool lists these Services");
  }

  @Test
  void a_pool_without_allocations_causes_no_warning() throws Exception {
    // Given
    allocated(0);

    // When
    List<String> warnings = warnings(spec("addresses", "203.0.113.1"));

    // Then
    assertThat(warnings).isEmpty();
  }

  private void pool(String... addresses) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName("edited");
    pool.setSpec(AddressPoolSpec.of(Arrays.asList(addresses)));
    client.resource(pool).create();
  }

  private void allocated(int count) {
    client
        .resources(AddressPool.class)
        .withName("edited")
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"status\": {\"allocated\": %d}}".formatted(count));
  }

  private static String spec(String field, String commaSeparated) {
    return "{\"spec\": {\"%s\": [\"%s\"]}}"
        .formatted(field, String.join("\", \"", commaSeparated.split(",", -1)));
  }

  private List<String> warnings(String patch) throws Exception {
    return send(
        client
            .getHttpClient()
            .newHttpRequestBuilder()
            .uri(client.getMasterUrl() + POOLS + "?dryRun=All")
            .patch("application/merge-patch+json", patch)
            .build());
  }

  /** Sends the request directly, because the client does not return warnings. */
  private List<String> send(HttpRequest request) throws Exception {
    var response =
        client.getHttpClient().sendAsync(request, String.class).get(10, TimeUnit.SECONDS);
    assertThat(response.code()).as(response.body()).isEqualTo(200);
    return response.headers("Warning");
  }
}

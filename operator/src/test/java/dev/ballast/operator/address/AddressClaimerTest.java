package dev.ballast.operator.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.ProtocolPort;
import dev.ballast.operator.ipam.TestAllocator;
import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.observe.OperatorMetrics;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Claims against an API server that returns conflicts and errors. */
@EnableKubernetesMockClient(kubernetesClientBuilderCustomizer = NoRetries.class)
class AddressClaimerTest {

  private static final String PATH = "/apis/ballast.dev/v1alpha1/addresses";
  private static final ServiceRef WEB = new ServiceRef("default", "web", "uid-web");
  private static final ServiceRef OTHER = new ServiceRef("default", "other", "uid-other");
  private static final IpAddress TEN = IpAddress.parse("192.0.2.10").orElseThrow();
  private static final IpAddress ELEVEN = IpAddress.parse("192.0.2.11").orElseThrow();

  private static final Logger SERVER_LOG = Logger.getLogger("io.fabric8.mockwebserver");

  private KubernetesMockServer server;
  private KubernetesClient client;
  private final Ipam ipam = new Ipam();
  private final Allocator allocator = ipam.allocator();
  private AddressClaimer addressClaimer;

  @BeforeAll
  static void reduceLogging() {
    SERVER_LOG.setLevel(Level.WARNING);
  }

  @BeforeEach
  void createPool() {
    addressClaimer = new AddressClaimer(client, ipam, new OperatorMetrics(ipam));
    TestAllocator.putPool(ipam, "pool", List.of(new AddressRange(TEN, ELEVEN)));
  }

  @Test
  void an_address_of_another_service_is_skipped_and_recorded() throws InterruptedException {
    // Given
    onCreate(409, status(409, "AlreadyExists"));
    onGet(TEN, 200, address(TEN, OTHER, 7));
    onCreate(201, address(ELEVEN, WEB, 9));

    // When
    ClaimResult result = claim();

    // Then
    assertThat(result).isEqualTo(new ClaimResult.Claimed(List.of(ELEVEN), List.of()));
    assertThat(allocator.addressesOf(OTHER.uid())).containsExactly(TEN);
    assertThat(requests())
        .containsExactly("POST " + PATH, "GET " + PATH + "/192.0.2.10", "POST " + PATH);
  }

  @Test
  void a_created_address_counts_although_the_response_was_lost() throws InterruptedException {
    // Given
    onCreate(409, status(409, "AlreadyExists"));
    onGet(TEN, 200, address(TEN, WEB, 7));

    // When
    ClaimResult result = claim();

    // Then
    assertThat(result).isEqualTo(new ClaimResult.Claimed(List.of(TEN), List.of()));
    assertThat(requests()).containsExactly("POST " + PATH, "GET " + PATH + "/192.0.2.10");
  }

  @Test
  void an_address_that_was_deleted_meanwhile_can_be_claimed() throws InterruptedException {
    // Given
    TestAllocator.putPool(ipam, "pool", List.of(new AddressRange(TEN, TEN)));
    onCreate(409, status(409, "AlreadyExists"));
    onGet(TEN, 404, status(404, "NotFound"));
    onCreate(201, address(TEN, WEB, 9));

    // When
    ClaimResult result = claim();

    // Then
    assertThat(result).isEqualTo(new ClaimResult.Claimed(List.of(TEN), List.of()));
    assertThat(requests())
        .containsExactly("POST " + PATH, "GET " + PATH + "/192.0.2.10", "POST " + PATH);
  }

  @Test
  void after_a_server_error_nothing_is_held_and_the_retry_claims_the_same_address() {
    // Given
    onCreate(500, status(500, "InternalError"));
    onCreate(201, address(TEN, WEB, 9));
    assertThatThrownBy(this::claim).isInstanceOf(KubernetesClientException.class);
    assertThat(ipam.statistics().allocatedCount()).isZero();

    // When
    ClaimResult result = claim();

    // Then
    assertThat(result).isEqualTo(new ClaimResult.Claimed(List.of(TEN), List.of()));
    assertThat(ipam.statistics().allocatedCount()).isEqualTo(1);
  }

  @Test
  void a_held_address_is_kept_without_a_request_to_the_api_server() throws InterruptedException {
    // Given
    observe(address(ELEVEN, WEB, 5));

    // When
    ClaimResult result = claim();

    // Then
    assertThat(result).isEqualTo(new ClaimResult.Claimed(List.of(ELEVEN), List.of()));
    assertThat(requests()).isEmpty();
  }

  @Test
  void a_reserved_address_counts_as_held() throws InterruptedException {
    // Given
    TestAllocator.putPool(ipam, "pool", List.of(new AddressRange(TEN, TEN)));
    Address reserved = address(TEN, WEB, 7);
    reserved.setSpec(new AddressSpec("192.0.2.10", null, null, null));
    onCreate(409, status(409, "AlreadyExists"));
    onGet(TEN, 200, reserved);

    // When
    ClaimResult result = claim();

    // Then
    assertThat(result)
        .isEqualTo(
            new ClaimResult.NotClaimed(
                new AllocationResult.Exhausted(IpFamily.IPv4, List.of("pool")),
                List.of(),
                List.of()));
    assertThat(requests()).containsExactly("POST " + PATH, "GET " + PATH + "/192.0.2.10");
  }

  @Test
  void of_two_families_the_available_one_is_claimed() throws InterruptedException {
    // Given
    onCreate(201, address(TEN, WEB, 7));

    // When
    ClaimResult result =
        addressClaimer.claim(
            AddressClaim.whole(WEB), any(IpFamily.IPv4, IpFamily.IPv6), ServiceContext.PLAIN);

    // Then
    assertThat(result)
        .isEqualTo(
            new ClaimResult.NotClaimed(
                new AllocationResult.NoPool(IpFamily.IPv6, null), List.of(TEN), List.of()));
    assertThat(requests()).containsExactly("POST " + PATH);
  }

  @Test
  void a_requested_address_is_claimed_in_addition_to_the_held_one() {
    // Given
    observe(address(TEN, WEB, 5));
    onCreate(201, address(ELEVEN, WEB, 7));

    // When
    ClaimResult result =
        addressClaimer.claim(AddressClaim.whole(WEB), request("192.0.2.11"), ServiceContext.PLAIN);

    // Then
    assertThat(result).isEqualTo(new ClaimResult.Claimed(List.of(ELEVEN), List.of()));
    assertThat(allocator.addressesOf(WEB.uid())).contains(TEN, ELEVEN);
  }

  @Test
  void a_requested_address_that_another_service_claimed_first_is_rejected_with_its_name() {
    // Given
    observe(address(TEN, WEB, 5));
    onCreate(409, status(409, "AlreadyExists"));
    onGet(ELEVEN, 200, address(ELEVEN, OTHER, 7));

    // When
    ClaimResult result =
        addressClaimer.claim(AddressClaim.whole(WEB), request("192.0.2.11"), ServiceContext.PLAIN);

    // Then
    assertThat(result)
        .isEqualTo(
            new ClaimResult.NotClaimed(
                new AllocationResult.AddressTaken(ELEVEN, OTHER), List.of(TEN), List.of()));
  }

  @Test
  void a_malformed_request_releases_nothing() throws InterruptedException {
    // Given
    observe(address(TEN, WEB, 5));

    // When
    ClaimResult result =
        addressClaimer.claim(AddressClaim.whole(WEB), request("192.0.2"), ServiceContext.PLAIN);

    // Then
    assertThat(result)
        .isEqualTo(
            new ClaimResult.NotClaimed(
                new AllocationResult.MalformedAllocationRequest(
                    "192.0.2", "'192.0.2' is not an IPv4 or IPv6 address"),
                List.of(TEN),
                List.of()));
    assertThat(requests()).isEmpty();
  }

  @Test
  void a_held_address_stays_although_the_request_of_another_family_is_rejected()
      throws InterruptedException {
    // Given
    observe(address(TEN, WEB, 5));

    // When
    ClaimResult result =
        addressClaimer.claim(
            AddressClaim.whole(WEB), any(IpFamily.IPv4, IpFamily.IPv6), ServiceContext.PLAIN);

    // Then
    assertThat(result)
        .isEqualTo(
            new ClaimResult.NotClaimed(
                new AllocationResult.NoPool(IpFamily.IPv6, null), List.of(TEN), List.of()));
    assertThat(allocator.addressesOf(WEB.uid())).containsExactly(TEN);
    assertThat(requests()).isEmpty();
  }

  @Test
  void a_release_does_not_touch_an_address_that_another_service_holds_meanwhile()
      throws InterruptedException {
    // Given
    observe(address(TEN, WEB, 5));
    onGet(TEN, 200, address(TEN, OTHER, 8));

    // When
    addressClaimer.release(WEB.uid());

    // Then
    assertThat(allocator.addressesOf(WEB.uid())).isEmpty();
    assertThat(allocator.addressesOf(OTHER.uid())).containsExactly(TEN);
    assertThat(requests()).containsExactly("GET " + PATH + "/192.0.2.10");
  }

  @Test
  void a_failed_release_can_be_repeated() {
    // Given
    observe(address(TEN, WEB, 5));
    onGet(TEN, 500, status(500, "InternalError"));
    onGet(TEN, 404, status(404, "NotFound"));
    assertThatThrownBy(() -> addressClaimer.release(WEB.uid()))
        .isInstanceOf(KubernetesClientException.class);
    assertThat(allocator.addressesOf(WEB.uid())).containsExactly(TEN);

    // When
    addressClaimer.release(WEB.uid());

    // Then
    assertThat(ipam.statistics().allocatedCount()).isZero();
  }

  @Test
  void a_shared_claim_that_lost_a_race_is_retried_and_finds_the_port_taken()
      throws InterruptedException {
    // Given
    AddressClaim web = new AddressClaim(WEB, "together", List.of(new ProtocolPort("TCP", 80)));
    AddressClaim other = new AddressClaim(OTHER, "together", List.of(new ProtocolPort("TCP", 25)));
    AddressClaim third =
        new AddressClaim(
            new ServiceRef("default", "third", "uid-third"),
            "together",
            List.of(new ProtocolPort("TCP", 80)));
    observe(shared(7, other));
    onGet(TEN, 200, shared(7, other));
    onPut(409, status(409, "Conflict"));
    onGet(TEN, 200, shared(9, other, third));

    // When
    ClaimResult result = addressClaimer.claim(web, request("192.0.2.10"), ServiceContext.PLAIN);

    // Then
    assertThat(result)
        .isEqualTo(
            new ClaimResult.NotClaimed(
                new AllocationResult.PortTaken(
                    TEN, third.serviceRef(), new ProtocolPort("TCP", 80)),
                List.of(),
                List.of()));
    assertThat(requests())
        .containsExactly(
            "GET " + PATH + "/192.0.2.10",
            "PUT " + PATH + "/192.0.2.10",
            "GET " + PATH + "/192.0.2.10");
  }

  @Test
  void a_release_does_not_delete_an_address_that_another_service_joined_meanwhile()
      throws InterruptedException {
    // Given
    AddressClaim web = new AddressClaim(WEB, "together", List.of(new ProtocolPort("TCP", 80)));
    AddressClaim other = new AddressClaim(OTHER, "together", List.of(new ProtocolPort("TCP", 25)));
    observe(shared(7, web));
    onGet(TEN, 200, shared(7, web));
    server
        .expect()
        .delete()
        .withPath(PATH + "/192.0.2.10")
        .andReturn(409, status(409, "Conflict"))
        .once();
    onGet(TEN, 200, shared(8, web, other));
    onPut(200, shared(9, other));

    // When
    addressClaimer.release(WEB.uid());

    // Then
    assertThat(allocator.claimsOn(TEN)).containsExactly(other);
    assertThat(allocator.addressesOf(WEB.uid())).isEmpty();
  }

  private void onPut(int code, Object answer) {
    server.expect().put().withPath(PATH + "/192.0.2.10").andReturn(code, answer).once();
  }

  private static Address shared(long version, AddressClaim... claims) {
    Address address = address(TEN, WEB, version);
    address.setSpec(
        new AddressSpec(
            TEN.toString(),
            "pool",
            Stream.of(claims).map(AddressConverter::toServiceClaim).toList(),
            null));
    return address;
  }

  private static AddressRequests any(IpFamily... families) {
    return AddressRequests.parse(List.of(families), null, null);
  }

  private static AddressRequests request(String address) {
    return AddressRequests.parse(List.of(IpFamily.IPv4), address, null);
  }

  private void observe(Address address) {
    new AddressObserver(allocator).observe(address);
  }

  private ClaimResult claim() {
    return addressClaimer.claim(AddressClaim.whole(WEB), any(IpFamily.IPv4), ServiceContext.PLAIN);
  }

  private void onCreate(int code, Object answer) {
    server.expect().post().withPath(PATH).andReturn(code, answer).once();
  }

  private void onGet(IpAddress ip, int code, Object answer) {
    server.expect().get().withPath(PATH + "/" + ip.objectName()).andReturn(code, answer).once();
  }

  private List<String> requests() throws InterruptedException {
    List<String> seen = new ArrayList<>();
    RecordedRequest request;
    while ((request = server.takeRequest(10, TimeUnit.MILLISECONDS)) != null) {
      seen.add(request.getMethod() + " " + request.getPath());
    }
    return seen;
  }

  private static Address address(IpAddress ip, ServiceRef holder, long version) {
    Address address = new Address();
    address.getMetadata().setName(ip.objectName());
    address.getMetadata().setUid("uid-of-" + ip.objectName());
    address.getMetadata().setResourceVersion(Long.toString(version));
    address.getMetadata().setCreationTimestamp("2026-01-01T00:00:00Z");
    address.setSpec(
        new AddressSpec(
            ip.toString(),
            "pool",
            List.of(AddressConverter.toServiceClaim(AddressClaim.whole(holder))),
            null));
    return address;
  }

  private static Object status(int code, String reason) {
    return new StatusBuilder().withCode(code).withReason(reason).build();
  }
}

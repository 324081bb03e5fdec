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

/** Claims against an API server that answers as one does on a bad day. */
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
  static void quiet() {
    SERVER_LOG.setLevel(Level.WARNING);
  }

  @BeforeEach
  void pool() {
    addressClaimer = new AddressClaimer(client, ipam, new OperatorMetrics(ipam));
    TestAllocator.putPool(ipam, "pool", List.of(new AddressRange(TEN, ELEVEN)));
  }

  @Test
  void an_address_of_somebody_else_is_passed_over_and_remembered() throws InterruptedException {
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
  void an_address_of_our_own_is_ours_when_only_the_answer_was_lost() throws InterruptedException {
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
  void an_address_that_is_gone_when_asked_for_can_be_claimed_after_all()
      throws InterruptedException {
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
  void after_a_server_error_nothing_is_held_and_the_next_try_claims_the_same_address() {
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
  void what_is_held_is_kept_without_asking() throws InterruptedException {
    // Given
    observe(address(ELEVEN, WEB, 5));

    // When
    ClaimResult result = claim();

    // Then
    assertThat(result).isEqualTo(new ClaimResult.Claimed(List.of(ELEVEN), List.of()));
    assertThat(requests()).isEmpty();
  }

  @Test
  void an_address_that_a_person_reserved_counts_as_held() throws InterruptedException {
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
  void of_two_families_the_one_that_can_be_had_is_claimed() throws InterruptedException {
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
  void an_address_asked_for_is_claimed_beside_the_one_held() {
    // Given
    observe(address(TEN, WEB, 5));
    onCreate(201, address(ELEVEN, WEB, 7));

    // When
    ClaimResult result =
        addressClaimer.claim(AddressClaim.whole(WEB), asking("192.0.2.11"), ServiceContext.PLAIN);

    // Then
    assertThat(result).isEqualTo(new ClaimResult.Claimed(List.of(ELEVEN), List.of()));
    assertThat(allocator.addressesOf(WEB.uid())).contains(TEN, ELEVEN);
  }

  @Test
  void an_address_asked_for_that_another_claimed_first_is_refused_by_its_name() {
    // Given
    observe(address(TEN, WEB, 5));
    onCreate(409, status(409, "AlreadyExists"));
    onGet(ELEVEN, 200, address(ELEVEN, OTHER, 7));

    // When
    ClaimResult result =
        addressClaimer.claim(AddressClaim.whole(WEB), asking("192.0.2.11"), ServiceContext.PLAIN);

    // Then
    assertThat(result)
        .isEqualTo(
            new ClaimResult.NotClaimed(
                new AllocationResult.AddressTaken(ELEVEN, OTHER), List.of(TEN), List.of()));
  }

  @Test
  void a_request_that_cannot_be_read_takes_nothing_away() throws InterruptedException {
    // Given
    observe(address(TEN, WEB, 5));

    // When
    ClaimResult result =
        addressClaimer.claim(AddressClaim.whole(WEB), asking("192.0.2"), ServiceContext.PLAIN);

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
  void what_was_held_before_stays_held_when_another_family_cannot_be_had()
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
  void releasing_leaves_alone_what_somebody_else_holds_by_now() throws InterruptedException {
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
  void a_release_that_failed_can_be_repeated() {
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
  void a_join_that_another_one_overtook_looks_again_and_finds_the_port_taken()
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
    ClaimResult result = addressClaimer.claim(web, asking("192.0.2.10"), ServiceContext.PLAIN);

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
  void the_last_claim_does_not_take_the_address_from_one_that_joined_meanwhile()
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

  private static AddressRequests asking(String address) {
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

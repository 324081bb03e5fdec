package dev.ballast.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * Base of tests with one operator and a fake data plane. After-each methods of subclasses run
 * before all objects are deleted.
 */
abstract class OperatorTest extends ApiServerTest {

  BallastOperator operator;
  FakeDataPlane dataPlane;

  OperatorTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  final void startAll() throws IOException {
    operator = startOperator(ALONE);
    dataPlane = new FakeDataPlane(client);
  }

  @AfterEach
  final void clearAndStop() {
    try {
      clear();
    } finally {
      // An operator that still runs would reconcile the Services of the next test.
      operator.stop();
      dataPlane.close();
    }
  }
}

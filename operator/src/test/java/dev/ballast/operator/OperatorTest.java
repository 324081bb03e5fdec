package dev.ballast.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * One operator, and a data plane that only reports. What a subclass does after each test comes
 * before everything is deleted.
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
      // One that lives on would serve the next test's Services.
      operator.stop();
      dataPlane.close();
    }
  }
}

package dev.ballast.dataplane.core.endpoint;

import static dev.ballast.dataplane.core.Endpoints.READY;
import static dev.ballast.dataplane.core.Endpoints.SERVING_WHILE_TERMINATING;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:traffic")
class TopologyHintFilterTest {

  /** Each endpoint is a name and its hints: n1, n2 are nodes, a, b are zones; a star terminates. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "no hints: all,                                     n1, a,  x: y:,           x y",
    "hints for zones: those of this one,                n1, a,  x:a y:b,         x",
    "one endpoint for two zones,                        n1, b,  x:a+b y:a,       x",
    "a zone without an endpoint: all,                   n1, c,  x:a y:b,         x y",
    "a node without a zone: all,                        n1, '', x:a y:b,         x y",
    "an endpoint without a hint: all,                   n1, a,  x:a y:,          x y",
    "hints for nodes: those of this one,                n1, a,  x:n1+a y:n2+a,   x",
    "a node without an endpoint: those of its zone,     n3, a,  x:n1+a y:n2+b,   x",
    "neither node nor zone: all,                        n3, c,  x:n1+a y:n2+b,   x y",
    "one without a hint for a node: those of its zone,  n1, b,  x:n1+b y:b z:a,  x y",
    "terminating ones are used wherever they are,       n1, a,  x*:a y*:b,       x y",
    "none: none,                                        n1, a,  '',              ''",
  })
  void hints_select_candidates(
      String what, String node, String zone, String given, String expected) {
    // Given
    List<Endpoint> candidates =
        Arrays.stream(given.split(" "))
            .filter(Predicate.not(String::isEmpty))
            .map(TopologyHintFilterTest::read)
            .toList();

    // When
    List<Endpoint> near = TopologyHintFilter.filter(candidates, new NodeLocality(node, zone));

    // Then
    assertThat(near.stream().map(Endpoint::pod).collect(Collectors.joining(" ")))
        .isEqualTo(expected);
  }

  private static Endpoint read(String text) {
    String name = text.substring(0, text.indexOf(':'));
    Set<String> hints =
        Arrays.stream(text.substring(text.indexOf(':') + 1).split("\\+"))
            .filter(Predicate.not(String::isEmpty))
            .collect(Collectors.toSet());
    return new Endpoint(
        InetAddress.ofLiteral("10.0.0." + (int) name.charAt(0)),
        8080,
        name.replace("*", ""),
        "",
        name.endsWith("*") ? SERVING_WHILE_TERMINATING : READY,
        new TopologyHints(
            only(hints, h -> h.startsWith("n")), only(hints, h -> !h.startsWith("n"))));
  }

  private static Set<String> only(Set<String> hints, Predicate<String> which) {
    return hints.stream().filter(which).collect(Collectors.toSet());
  }
}

package dev.ballast.dataplane.core.balance;

import dev.ballast.dataplane.core.Endpoints;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** {@code ./dev bench pick}: the cost of a pick, and of a new picker after a change. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PickBench {

  /** A power of two. */
  private static final int CLIENTS = 1024;

  /** The picker to measure. */
  public enum By {
    ROUND_ROBIN {
      @Override
      Object of(List<Endpoint> endpoints) {
        return new RoundRobin(endpoints.size());
      }
    },
    LEAST_CONNECTIONS {
      @Override
      Object of(List<Endpoint> endpoints) {
        return new LeastConnections(endpoints.size());
      }
    },
    /** Session affinity. */
    SOURCE_HASH {
      @Override
      Object of(List<Endpoint> endpoints) {
        return new SourceHash(endpoints, 1);
      }
    },
    /** An alternative for session affinity. */
    MAGLEV {
      @Override
      Object of(List<Endpoint> endpoints) {
        return new Maglev(endpoints, 1);
      }
    };

    abstract Object of(List<Endpoint> endpoints);
  }

  @Param public By by;

  @Param({"3", "100", "5000"})
  public int endpoints;

  private final InetAddress[] clients = new InetAddress[CLIENTS];
  private final BitSet none = new BitSet();
  private final IntPredicate tried = none::get;
  private List<Endpoint> candidates;
  private IntUnaryOperator connections;
  private Object picker;
  private int turn;
  private long random;

  @Setup
  public void setup() {
    Random numbers = new Random(1);
    for (int i = 0; i < CLIENTS; i++) {
      clients[i] = Endpoints.address(numbers.nextInt());
    }
    candidates = Endpoints.ready(endpoints);
    int[] counts = numbers.ints(endpoints, 0, 100).toArray();
    connections = index -> counts[index];
    picker = by.of(candidates);
  }

  @Benchmark
  public int pick() {
    InetAddress client = clients[++turn & (CLIENTS - 1)];
    random = random * 0x5851f42d4c957f2dL + 0x14057b7ef767814fL;
    return switch (picker) {
      case Maglev maglev -> maglev.pick(client);
      default -> ((Picker) picker).pick(new PickContext(client, turn, random, connections, tried));
    };
  }

  @Benchmark
  public Object make() {
    return by.of(candidates);
  }

  /** Arguments: the file for the results, and the flags of the JVM to measure in. */
  public static void main(String[] arguments) throws RunnerException, IOException {
    var options =
        new OptionsBuilder()
            .include(PickBench.class.getName())
            .forks(1)
            .warmupIterations(2)
            .warmupTime(TimeValue.milliseconds(400))
            .measurementIterations(4)
            .measurementTime(TimeValue.milliseconds(400))
            .jvmArgs(arguments[1].strip().split(" +", -1))
            .verbosity(VerboseMode.SILENT)
            .build();
    Map<String, Map<Integer, String>> figures = new TreeMap<>();
    System.out.printf("%-28s %10s %14s%n", "ns", "endpoints", "± (99.9 %)");
    for (RunResult result : new Runner(options).run()) {
      var score = result.getPrimaryResult();
      String what = result.getParams().getParam("by") + " " + score.getLabel();
      int endpoints = Integer.parseInt(result.getParams().getParam("endpoints"));
      System.out.printf(
          "%-28s %10d %14.1f ± %.1f%n", what, endpoints, score.getScore(), score.getScoreError());
      figures
          .computeIfAbsent(
              (what.replace(' ', '_') + "_ns").toLowerCase(java.util.Locale.ROOT),
              name -> new TreeMap<>())
          .put(endpoints, "%.1f".formatted(score.getScore()));
    }
    Files.writeString(Path.of(arguments[0]), json(figures));
  }

  private static String json(Map<String, Map<Integer, String>> figures) {
    return figures.entrySet().stream()
        .map(
            one ->
                one.getValue().entrySet().stream()
                    .map(it -> "\"%d\": %s".formatted(it.getKey(), it.getValue()))
                    .collect(Collectors.joining(", ", "  \"%s\": {".formatted(one.getKey()), "}")))
        .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
  }
}

package dev.ballast.dataplane.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The JVM flags of the data plane's image. */
public final class ImageFlags {

  private static final Pattern FLAG = Pattern.compile("<jvmFlag>(.*?)</jvmFlag>");

  private ImageFlags() {}

  /** A command line for a main class of the tests. */
  public static List<String> java(Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (Path pom : List.of(Path.of("../../pom.xml"), Path.of("pom.xml"))) {
      FLAG.matcher(Files.readString(pom))
          .results()
          .map(found -> found.group(1))
          .forEach(command::add);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }
}

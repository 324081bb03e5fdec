import java.nio.file.Path;

/** A phrase that breaks a rule, and what to write instead. */
record Finding(Path file, int line, String phrase, String advice) implements Comparable<Finding> {

  @Override
  public int compareTo(Finding other) {
    int byFile = file.compareTo(other.file);
    return byFile != 0 ? byFile : Integer.compare(line, other.line);
  }

  @Override
  public String toString() {
    return file + ":" + line + ": '" + phrase + "'. " + advice;
  }
}

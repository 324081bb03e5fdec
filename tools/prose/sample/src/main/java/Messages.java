class Messages {
  static final String RULE = "self.all(x, x == 'told' && is no y)";
  static final String NAME = "anew";

  @SuppressWarnings("a literal in an annotation is told nothing")
  String joined(String name) {
    return "Service " + name + " was"
        + " told of it. Nothing else happened";
  }

  String block(String name) {
    return """
        The first line is fine here.
        The address %s lets go of it.
        """
        .formatted(name);
  }

  String colon() {
    return "the watch failed; it is retried: the next one starts";
  }

  String nested(boolean first) {
    return "This part is fine and " + (first ? "the first wish of all is granted" : "so is this");
  }
}

package io.skald.engine.model;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a verifier has said of a model.
 *
 * @param errors how many executions it has found that must not be: 0 or 1
 * @param isComplete whether it has gone through all states
 * @param states how many states it has stored
 * @param depth of the longest path without a repeated state that it has gone, in statements
 * @param story what happens in the execution that must not be, a line for each action
 * @param said all of what it has said
 */
record Verdict(
    int errors, boolean isComplete, long states, long depth, List<String> story, String said) {
  private static final Pattern ERRORS = Pattern.compile("depth reached (\\d+), errors: (\\d+)");
  private static final Pattern STATES = Pattern.compile("(?m)^\\s*(\\d+) states, stored");

  static Verdict of(String said, List<String> story) {
    Matcher errors = ERRORS.matcher(said);
    Matcher states = STATES.matcher(said);
    if (!errors.find() || !states.find()) {
      throw new IllegalStateException("The verifier has not come to an end:\n" + said);
    }
    boolean isComplete =
        !said.contains("Search not completed") && !said.contains("max search depth too small");
    return new Verdict(
        Integer.parseInt(errors.group(2)),
        isComplete,
        Long.parseLong(states.group(1)),
        Long.parseLong(errors.group(1)),
        story,
        said);
  }

  /** Whether no execution breaks a property. */
  boolean holds() {
    return errors == 0 && isComplete;
  }

  /** Whether one was found that does, by an assertion and nothing else. */
  boolean isBroken() {
    return errors == 1 && said.contains("assertion violated");
  }

  @Override
  public String toString() {
    return holds()
        ? "holds: %,d states, depth %d".formatted(states, depth)
        : "does not hold, after %d actions:%n  %s%n%s"
            .formatted(story.size(), String.join("\n  ", story), said);
  }
}

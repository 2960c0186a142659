package io.skald.engine.model;

import java.util.List;
import java.util.stream.Stream;

/**
 * What the model is given beside its text.
 *
 * @param flags for the preprocessor; of one name, the last counts
 */
record Settings(List<String> flags) {
  private static final Settings LEAST =
      of(
          "-DNODES=2",
          "-DLOSSES=0",
          "-DSILENCES=0",
          "-DBEATS=0",
          "-DDEATH=0",
          "-DCANCEL=0",
          "-DDEADLINE=1",
          "-DWAIT=0",
          "-DREMOTE=1");

  static Settings of(String... flags) {
    return new Settings(List.of(flags));
  }

  /** Two nodes, one of which may be taken over from, a local and a remote step, a deadline. */
  static Settings least() {
    return LEAST;
  }

  /** The same with these in place of what they name. */
  Settings with(List<String> others) {
    Stream<String> kept =
        flags.stream().filter(flag -> others.stream().noneMatch(other -> isSame(flag, other)));
    return new Settings(Stream.concat(kept, others.stream()).toList());
  }

  private static boolean isSame(String flag, String other) {
    return flag.substring(0, flag.indexOf('=')).equals(other.substring(0, other.indexOf('=')));
  }
}

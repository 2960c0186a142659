package io.skald.engine.model;

import java.util.List;

/** How the states of a model are gone through. */
enum Search {
  /** Each state once. */
  STATES(List.of("-O1", "-DSAFETY"), List.of("-m1000000", "-w24")),
  /** Each state, and whether any execution comes back to one: then it need not end. */
  CYCLES(List.of("-O1", "-DNP"), List.of("-l", "-m1000000", "-w24")),
  /** The nearest states first: what is found is found in as few steps as it takes. */
  SHORTEST(List.of("-O0", "-DSAFETY", "-DBFS"), List.of("-w20"));

  @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
  private final List<String> compiled;

  @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
  private final List<String> run;

  Search(List<String> compiled, List<String> run) {
    this.compiled = compiled;
    this.run = run;
  }

  /** What the compiler of the verifier is told. */
  List<String> compiled() {
    return compiled;
  }

  /** What the verifier is told. */
  List<String> run() {
    return run;
  }
}

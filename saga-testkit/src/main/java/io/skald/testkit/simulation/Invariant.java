package io.skald.testkit.simulation;

/** What holds in every run, whatever fails: the numbers are those of the project's documents. */
enum Invariant {
  I1("at rest every saga has ended, or is stuck with a reason"),
  I2("there is one saga for each definition and business key"),
  I3("a local step takes effect at most once in each direction, just as the log says"),
  I4("whoever writes to a saga owns it when the write commits"),
  I5("no action takes effect once compensation has begun"),
  I6("compensations run in reverse order of completion"),
  I7("a compensated saga has compensated what took or may have taken effect, and nothing else"),
  I8("nothing is compensated after its pivot has succeeded"),
  I9("attempts grow by one, are never made twice, and never follow a final end"),
  I10("a participant is called only after the intent to call has committed"),
  I11("what stands at the participants is what the log says"),
  I12("all tries of a saga are confirmed, or all are cancelled"),
  I15("a signal is received once, or is reported as unclaimed"),
  I16("nothing is done before it is due"),
  I20("after the last fault everything comes to rest, and stays so"),
  I21("a saga acts only while it holds all of its locks, and nobody else holds one of them");

  private final String meaning;

  Invariant(String meaning) {
    this.meaning = meaning;
  }

  /** The number and what it means, and what was found instead. */
  String brokenBy(String finding) {
    return "%s (%s) is broken: %s".formatted(name(), meaning, finding);
  }
}

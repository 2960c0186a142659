package io.skald.benchmarks;

/** One of the two that are compared. {@link #run} is safe for use by several threads. */
interface Side extends AutoCloseable {

  /** Runs one saga, from its start to its end. */
  void run(PlaceOrder order) throws Exception;

  /** How many sagas have ended as this row's sagas must end. */
  long ended() throws Exception;

  /** The connections this side uses. */
  Pool pool();

  /** What this side's business keys begin with. */
  String prefix();

  @Override
  void close();
}

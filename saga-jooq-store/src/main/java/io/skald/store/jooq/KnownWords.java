package io.skald.store.jooq;

import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The statuses and directions that this version knows. A later version, beside this one, may write
 * others: whoever reads many sagas leaves out those that say what is not known here.
 */
final class KnownWords {
  private static final Set<String> SAGA_STATUSES = names(SagaStatus.values());
  private static final Set<String> DIRECTIONS = names(Direction.values());
  private static final Set<String> LOG_STATUSES = names(LogStatus.values());

  /** That the status of a saga {@code s} is known. */
  static final String SAGA = "s.status in (%s)".formatted(listed(SagaStatus.values()));

  /** That a saga {@code s} is of a status in which a node runs it. */
  static final String RUN = "s.status in ('RUNNING', 'COMPENSATING')";

  /** That a row {@code l} of a log is known. */
  static final String ROW =
      "(l.direction in (%s) and l.status in (%s))"
          .formatted(listed(Direction.values()), listed(LogStatus.values()));

  private KnownWords() {}

  private static Set<String> names(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::name).collect(Collectors.toUnmodifiableSet());
  }

  private static String listed(Enum<?>[] values) {
    return Arrays.stream(values)
        .map(value -> "'" + value.name() + "'")
        .collect(Collectors.joining(", "));
  }

  /** What is said of {@code what}, of which {@code word} is not known. */
  static SagaStoreException unknown(String what, String word) {
    return new SagaStoreException(
        "%s is %s, which this version does not know, but a later version may".formatted(what, word),
        SagaStoreException.Kind.PERMANENT,
        null);
  }

  static boolean isLogStatus(String status) {
    return LOG_STATUSES.contains(status);
  }

  static boolean isSagaStatus(String status) {
    return SAGA_STATUSES.contains(status);
  }

  static boolean isRow(String direction, String status) {
    return DIRECTIONS.contains(direction) && isLogStatus(status);
  }
}

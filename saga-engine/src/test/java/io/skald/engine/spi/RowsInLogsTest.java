package io.skald.engine.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Outcome;
import io.skald.saga.SagaId;
import io.skald.saga.definition.LockKey;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a store or a listener of somebody's may log: rows say what they hold, and do not show it.
 */
class RowsInLogsTest {
  private static final String SECRET = "canary-7f3a91";
  private static final UUID TOKEN_KEY = UUID.fromString("7f3a91aa-0000-4000-8000-7f3a917f3a91");
  private static final SagaId SAGA = new SagaId(new UUID(0, 1));
  private static final DefinitionRef DEFINITION = new DefinitionRef("order", 1, "f");
  private static final SagaError ERROR = new SagaError("a", "IOException: " + SECRET, "olga");
  private static final LogWrite WRITE =
      new LogWrite(
          "a",
          Direction.ACTION,
          "a",
          1,
          LogStatus.SUCCEEDED,
          1,
          0,
          null,
          SECRET,
          "IOException: " + SECRET,
          null,
          null);
  private static final SagaRow ROW =
      new SagaRow(
          SAGA,
          DEFINITION,
          "o1",
          Map.of("note", SECRET),
          null,
          TOKEN_KEY,
          SagaStatus.STUCK,
          null,
          0,
          null,
          Lane.ORDINARY,
          null,
          null,
          null,
          0,
          SECRET,
          "digest",
          SECRET,
          ERROR,
          Instant.EPOCH,
          null,
          null);

  static Stream<Object> rows() {
    var logged =
        new LogRow(
            "a",
            Direction.ACTION,
            "a",
            1,
            LogStatus.FAILED,
            1,
            0,
            null,
            SECRET,
            "IOException: " + SECRET,
            null,
            Instant.EPOCH,
            null,
            null);
    var fence = new Fence(SAGA, new NodeId(new UUID(0, 2)), 0);
    var complete = new SagaChange.Complete(SECRET);
    return Stream.of(
        new NewSaga(
            SAGA,
            DEFINITION,
            "o1",
            Map.of("note", SECRET),
            SECRET,
            "d",
            null,
            null,
            null,
            Lane.ORDINARY),
        new StartResult.Existing(ROW),
        new Claim(new SagaSnapshot(ROW, List.of(logged), Instant.EPOCH), null),
        new Transition(fence, List.of(WRITE), complete, Links.NONE),
        new SagaChange.Stick(ERROR, Lane.ORDINARY),
        new NewSignal(new UUID(0, 3), "order", "o1", "paid", SECRET, "X: " + SECRET),
        new SignalRow(new UUID(0, 3), "paid", SECRET, "X: " + SECRET, Instant.EPOCH),
        new Addressee(SAGA, DEFINITION, "o1", TOKEN_KEY, true, null),
        LockRequest.of(List.of(LockRequest.Wanted.one(new LockKey("account", SECRET))), null),
        Outcome.succeeded(List.of(SECRET)));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void sayWhatTheyHoldAndDoNotShowIt(Object row) {
    assertThat(row.toString())
        .startsWith(row.getClass().getSimpleName() + "[")
        .doesNotContain(SECRET)
        .doesNotContain(TOKEN_KEY.toString());
  }
}

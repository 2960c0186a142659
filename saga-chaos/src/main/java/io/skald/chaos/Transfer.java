package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.Tx;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/**
 * What a node under test is asked to do: hold money here, reserve and charge there, ship, close.
 *
 * @param id the business key
 * @param account whose money is held
 * @param cents how much
 */
record Transfer(String id, int account, int cents) {

  /** The saga, against the participant at {@code remote}. */
  static SagaDefinition<Transfer, Done> saga(RemoteClient remote) {
    var fast = Retry.exponential(Duration.ofMillis(20)).delayMax(Duration.ofMillis(200));
    var limit = Duration.ofMillis(400);
    var hold =
        Step.named("hold", Transfer.class)
            .local((transfer, tx) -> move(tx, "hold", "ACTION", transfer.account, -transfer.cents))
            .compensation(
                (transfer, done, tx) ->
                    move(tx, "hold", "COMPENSATION", transfer.account, transfer.cents));
    var reserve =
        Step.named("reserve", Transfer.class)
            .remote(
                (transfer, call) -> remote.call("reserve", call.idempotencyKey(), call.attempt()))
            .timeout(limit)
            .retry(fast.attemptsMax(4))
            .compensation(
                (transfer, done, call) -> remote.call("release", call.actionKey(), call.attempt()))
            .compensationTimeout(limit)
            .compensationRetry(fast);
    var note =
        Step.named("note", Transfer.class)
            .local((transfer, tx) -> move(tx, "note", "ACTION", transfer.account, 0))
            .needsNoCompensation();
    var charge =
        Step.named("charge", Transfer.class)
            .remote(
                (transfer, call) -> remote.call("charge", call.idempotencyKey(), call.attempt()))
            .timeout(limit)
            .retry(fast.attemptsMax(4))
            .verify(
                (transfer, call) ->
                    remote.has("charge", call.idempotencyKey())
                        ? Outcome.succeeded(Done.DONE)
                        : Outcome.unknown())
            .compensationIfUnknown(
                (transfer, done, call) -> remote.call("refund", call.actionKey(), call.attempt()));
    var ship =
        Step.named("ship", Transfer.class)
            .remote((transfer, call) -> remote.call("ship", call.idempotencyKey(), call.attempt()))
            .timeout(limit)
            .retry(fast);
    var close =
        Step.named("close", Transfer.class)
            .local((transfer, tx) -> move(tx, "close", "ACTION", transfer.account, 0));
    return Saga.define("transfer", Transfer.class)
        .key(Transfer::id)
        .step(hold)
        .step(reserve)
        .step(note)
        .pivot(charge)
        .step(ship)
        .step(close)
        .build();
  }

  /** The effect of a local step; nothing in the table stops it from being there twice. */
  private static void move(Tx tx, String step, String direction, int account, int cents)
      throws SQLException {
    try (PreparedStatement effect =
            tx.connection()
                .prepareStatement(
                    "insert into effect (saga_id, step, direction, account, cents)"
                        + " values (?, ?, ?, ?, ?)");
        PreparedStatement balance =
            tx.connection().prepareStatement("update account set cents = cents + ? where id = ?")) {
      effect.setObject(1, tx.sagaId().value());
      effect.setString(2, step);
      effect.setString(3, direction);
      effect.setInt(4, account);
      effect.setInt(5, cents);
      effect.executeUpdate();
      balance.setInt(1, cents);
      balance.setInt(2, account);
      balance.executeUpdate();
    }
  }
}

package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Expiry;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.PurgedSagas;
import io.skald.engine.spi.Retention;
import io.skald.engine.spi.SagaArchive;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.saga.SagaId;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Facts of which ended sagas go when. */
abstract class RetentionContract extends SearchContract {
  private static final Duration AGE = Duration.ofSeconds(1);

  private Fence ended(String definition, SagaStatus end, NodeId node) {
    var saga =
        new NewSaga(
            new SagaId(UUID.randomUUID()),
            new DefinitionRef(definition, 1, "f1"),
            UUID.randomUUID().toString(),
            Map.of(),
            "{}",
            "digest",
            null,
            node,
            null,
            Lane.ORDINARY);
    start(saga);
    var fence = new Fence(saga.id(), node, 0);
    switch (end) {
      case COMPLETED -> change(fence, new SagaChange.Complete("1"));
      case COMPENSATED -> change(fence, new SagaChange.EndCompensated());
      case RESOLVED, STUCK -> {
        change(fence, new SagaChange.Stick(new SagaError("a", "no", null), Lane.ORDINARY));
        if (end == SagaStatus.RESOLVED) {
          var unused = amend(fence, new SagaChange.Resolve(new SagaError("a", "so", "olga")));
        }
      }
      case RUNNING, COMPENSATING -> throw new IllegalArgumentException("no end: " + end);
    }
    elapse(Duration.ofMillis(5));
    return fence;
  }

  private PurgedSagas purge(Expiry expiry, Instant after, int limit) {
    return store().purge(expiry, after, limit, SagaArchive.NONE);
  }

  private boolean isKept(Fence fence) {
    return store().load(fence.saga()).isPresent();
  }

  private Instant end(SagaId saga) {
    var row = store().load(saga).orElseThrow().saga();
    return Objects.requireNonNull(row.finishedAt());
  }

  @Test
  void whatExpiresGoesByDefinitionAndEnd() {
    NodeId node = join(LONG);
    Retention retention =
        Retention.of(AGE)
            .withCompensated(LONG)
            .withResolved(LONG)
            .withDefinition("bill", Retention.of(LONG).withResolved(AGE))
            .withDefinition("tax", Retention.of(LONG));
    Fence order = ended("order", SagaStatus.COMPLETED, node);
    Fence back = ended("order", SagaStatus.COMPENSATED, node);
    Fence resolved = ended("order", SagaStatus.RESOLVED, node);
    Fence stuck = ended("order", SagaStatus.STUCK, node);
    Fence bill = ended("bill", SagaStatus.COMPLETED, node);
    Fence resolvedBill = ended("bill", SagaStatus.RESOLVED, node);
    Fence tax = ended("tax", SagaStatus.RESOLVED, node);

    elapse(AGE);

    int deleted = 0;
    for (Expiry expiry : retention.expiries()) {
      deleted += purge(expiry, Instant.EPOCH, 100).deleted();
    }
    assertThat(deleted).isEqualTo(2);
    assertThat(isKept(order)).isFalse();
    assertThat(isKept(resolvedBill)).isFalse();
    assertThat(List.of(back, resolved, stuck, bill, tax)).allMatch(this::isKept);
  }

  @Test
  void aWalkThroughTheEndedLooksAtSoManyAndGoesOnWhereItStopped() {
    NodeId node = join(LONG);
    Fence first = ended("bill", SagaStatus.COMPLETED, node);
    Fence second = ended("order", SagaStatus.COMPLETED, node);
    Fence third = ended("bill", SagaStatus.COMPLETED, node);
    Fence fourth = ended("order", SagaStatus.COMPLETED, node);
    Instant place = end(second.saga());
    var orders = new Expiry(Duration.ZERO, Set.of(), Map.of("order", Set.of(SagaStatus.COMPLETED)));

    assertThat(purge(orders, Instant.EPOCH, 2)).isEqualTo(new PurgedSagas(1, Optional.of(place)));
    assertThat(isKept(second)).isFalse();
    Instant last = end(fourth.saga());
    assertThat(purge(orders, place, 2)).isEqualTo(new PurgedSagas(1, Optional.of(last)));
    assertThat(purge(orders, last, 2)).isEqualTo(new PurgedSagas(0, Optional.empty()));
    assertThat(List.of(first, third)).allMatch(this::isKept);
  }
}

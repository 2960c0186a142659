package io.skald.testkit;

import static io.skald.testkit.SagaAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.codec.JacksonCodec;
import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.Upcast;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.SagaView;
import java.lang.reflect.Type;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A recorded result that cannot be read, of an earlier version of its type say, is read no better
 * by another attempt: whatever needs it, that saga is stuck there, and no other.
 */
class UnreadableResultsTest {
  /** What is recorded of a booking. */
  record Booking(String id) {}

  private static final List<String> CALLS = new CopyOnWriteArrayList<>();

  /** What needs the result once the saga has it. */
  private enum Need {
    COMPENSATION(
        "book",
        Saga.define("compensation", String.class)
            .step(
                Step.named("book", String.class)
                    .remote(Booking.class, (in, call) -> new Booking(in))
                    .compensation((in, booking, call) -> CALLS.add("release " + booking)))
            .step(refused())
            .build()),
    COMPENSATION_OF_ANOTHER_STEP("pay", compensatedWithAnother()),
    CANCEL(
        "book",
        Saga.define("cancel", String.class)
            .step(
                Step.named("book", String.class)
                    .tryRemote(Booking.class, (in, call) -> new Booking(in))
                    .confirm((in, booking, call) -> CALLS.add("confirm " + booking))
                    .cancel((in, booking, call) -> CALLS.add("cancel " + booking)))
            .step(refused())
            .build()),
    CONFIRMATION(
        "book",
        Saga.define("confirmation", String.class)
            .step(
                Step.named("book", String.class)
                    .tryRemote(Booking.class, (in, call) -> new Booking(in))
                    .confirm((in, booking, call) -> CALLS.add("confirm " + booking))
                    .cancel((in, booking, call) -> CALLS.add("cancel " + booking)))
            .build());

    private final String stuckAt;
    private final SagaDefinition<String, Done> definition;

    Need(String stuckAt, SagaDefinition<String, Done> definition) {
      this.stuckAt = stuckAt;
      this.definition = definition;
    }

    private static SagaDefinition<String, Done> compensatedWithAnother() {
      var book =
          Step.named("book", String.class)
              .remote(Booking.class, (in, call) -> new Booking(in))
              .compensation((in, booking, call) -> CALLS.add("release " + booking));
      return Saga.define("another", String.class)
          .step(book)
          .step(
              Step.named("pay", String.class)
                  .remote((in, call) -> {})
                  .compensation((in, paid, call) -> CALLS.add("refund " + call.resultOf(book))))
          .step(refused())
          .build();
    }
  }

  private final AtomicBoolean isReadable = new AtomicBoolean();

  @RegisterExtension
  final SagaEngineExtension sagas =
      SagaEngineExtension.of(
              List.of(Need.values()).stream()
                  .map(need -> need.definition)
                  .toArray(SagaDefinition<?, ?>[]::new))
          .engine(builder -> builder.codec(new Forgetful(new JacksonCodec())));

  private static Compensatable<String, Done> refused() {
    return Step.named("refused", String.class)
        .remote(
            (in, call) -> {
              throw new PermanentFailure("no");
            })
        .needsNoCompensation();
  }

  /** A codec that cannot read a certain booking. */
  private final class Forgetful implements PayloadCodec {
    private final PayloadCodec codec;

    Forgetful(PayloadCodec codec) {
      this.codec = codec;
    }

    @Override
    public String encode(Object value, Type type) {
      return codec.encode(value, type);
    }

    @Override
    public Object decode(String text, Type type) {
      if (type == Booking.class && text.contains("old") && !isReadable.get()) {
        throw new SagaDataException("payload cannot be read as Booking", null);
      }
      return codec.decode(text, type);
    }

    @Override
    public String upcast(String text, Upcast upcast) {
      return codec.upcast(text, upcast);
    }

    @Override
    public String canonical(Object value, Type type) {
      return codec.canonical(value, type);
    }
  }

  @ParameterizedTest
  @EnumSource
  void leaveTheSagaStuckAtTheStepThatNeedsThemAndNoOtherSaga(Need need) throws Exception {
    CALLS.clear();
    SagaView stuck = sagas.run(need.definition, "old");

    assertThat(stuck).isStuckAt(need.stuckAt);
    assertThat(stuck.reason().orElseThrow())
        .contains("SagaDataException: payload cannot be read as Booking");
    assertThat(CALLS).isEmpty();
    SagaView other = sagas.run(need.definition, "new");
    assertThat(other.status().isEnd()).isTrue();
    assertThat(CALLS).isNotEmpty();
  }

  @Test
  void areKeptAndReadOnceTheyCanBe() throws Exception {
    CALLS.clear();
    SagaView stuck = sagas.run(Need.COMPENSATION.definition, "old");
    assertThat(stuck).isStuckAt("book");

    isReadable.set(true);
    sagas.engine().operator().retry(stuck.id(), "ada", "deployed what reads it");

    var saga = sagas.engine().find(Need.COMPENSATION.definition, stuck.businessKey()).orElseThrow();
    assertThat(sagas.awaitEnd(saga)).isCompensated();
    assertThat(CALLS).containsExactly("release Optional[Booking[id=old]]");
  }
}

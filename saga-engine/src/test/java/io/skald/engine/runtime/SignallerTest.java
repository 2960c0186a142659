package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.NewSignal;
import io.skald.engine.spi.SignalResult;
import io.skald.saga.definition.SignalName;
import io.skald.saga.definition.WaitPoint;
import io.skald.saga.error.SagaStoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is sent again when the store fails, and what the answers mean. */
class SignallerTest {
  private static final WaitPoint CHARGE = new WaitPoint("charge", 0);
  private static final NewSignal COMPLETION = signal(SignalName.completionOf(CHARGE));
  private static final NewSignal NEWS = signal(SignalName.newsOf(CHARGE));

  private final Signals store = new Signals();
  private final Signaller signaller =
      new Signaller(
          LocalSagas.context(store, new ManualSources(), node -> true),
          new Alarm(System::nanoTime));

  /** A store of signals that fails as often as it is told before it answers. */
  private static final class Signals extends EmptyStore {
    final Deque<SagaStoreException.Kind> failures = new ArrayDeque<>();
    final List<NewSignal> sent = new ArrayList<>();

    @Override
    public SignalResult signal(NewSignal signal) {
      sent.add(signal);
      if (!failures.isEmpty()) {
        throw new SagaStoreException("down", failures.remove(), null);
      }
      return SignalResult.ACCEPTED;
    }
  }

  private static NewSignal signal(String name) {
    return new NewSignal(new UUID(0, 1), "order", "o1", name, null, null);
  }

  @Test
  void sendsACompletionAgainWhenTheConnectionIsLost() {
    store.failures.add(SagaStoreException.Kind.TRANSIENT);
    store.failures.add(SagaStoreException.Kind.TRANSIENT);

    assertThat(signaller.send(COMPLETION)).isEqualTo(SignalResult.ACCEPTED);
    assertThat(store.sent).hasSize(3).containsOnly(COMPLETION);
  }

  @Test
  void givesUpAfterThreeTries() {
    store.failures.addAll(Collections.nCopies(3, SagaStoreException.Kind.TRANSIENT));

    assertThatThrownBy(() -> signaller.send(COMPLETION)).isInstanceOf(SagaStoreException.class);
    assertThat(store.sent).hasSize(3);
  }

  @Test
  void doesNotSendAgainWhatWillNotSucceed() {
    store.failures.add(SagaStoreException.Kind.PERMANENT);

    assertThatThrownBy(() -> signaller.send(COMPLETION)).isInstanceOf(SagaStoreException.class);
    assertThat(store.sent).hasSize(1);
  }

  @Test
  void whatIsRepeatedIsWhatWasSentByATryWhoseAnswerWasLost() {
    assertThat(Signaller.isHeard(COMPLETION, SignalResult.REPEATED)).isTrue();
    assertThat(Signaller.isHeard(NEWS, SignalResult.REPEATED)).isTrue();
  }

  @Test
  void oneSignOfLifeIsAsGoodAsAnotherAndOneCompletionIsNot() {
    assertThat(Signaller.isHeard(NEWS, SignalResult.PRECEDED)).isTrue();
    assertThat(Signaller.isHeard(COMPLETION, SignalResult.PRECEDED)).isFalse();
  }

  @Test
  void nobodyHearsWhatIsSaidWhenTheStepIsOver() {
    assertThat(Signaller.isHeard(NEWS, SignalResult.CLOSED)).isFalse();
    assertThat(Signaller.isHeard(COMPLETION, SignalResult.CLOSED)).isFalse();
  }
}

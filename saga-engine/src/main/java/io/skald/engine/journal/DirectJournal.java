package io.skald.engine.journal;

import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.StartResult;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import java.util.List;

/** A journal that commits each request alone, on the caller's thread: for simulations. */
public record DirectJournal(SagaStore store) implements Journal {

  @Override
  public WriteResult write(Transition transition) {
    return store.write(List.of(transition)).getFirst();
  }

  @Override
  public StartResult start(NewSaga saga) {
    return store.start(List.of(saga)).getFirst();
  }
}

package io.skald.engine.runtime;

import java.time.Duration;
import java.util.UUID;

/**
 * The sources of a node whose sagas are those of one shard.
 *
 * @param rest where everything comes from
 * @param shard what the ids bear
 */
public record ShardSources(Sources rest, Shard shard) implements Sources {
  @Override
  public long nanoTime() {
    return rest.nanoTime();
  }

  @Override
  public double random() {
    return rest.random();
  }

  @Override
  public UUID newId() {
    return shard.marked(rest.newId());
  }

  @Override
  public void pause(Duration duration) throws InterruptedException {
    rest.pause(duration);
  }
}

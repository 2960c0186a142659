package io.skald.engine.runtime;

import io.skald.engine.spi.Retention;
import io.skald.engine.spi.SagaArchive;
import java.time.Duration;

/**
 * How a node works; what the engine's options say, checked there.
 *
 * @param name what people call the node
 * @param concurrency how many sagas run at the same time
 * @param kept how many of these have to be urgent
 * @param pollInterval how often it looks for due sagas
 * @param lease how long after its last heartbeat it counts as alive
 * @param heartbeat how often it says that it is alive
 * @param shutdownTimeout how long its close waits for running sagas
 * @param retention how long ended sagas are kept
 * @param archive where they go then
 */
public record NodeSettings(
    String name,
    int concurrency,
    int kept,
    Duration pollInterval,
    Duration lease,
    Duration heartbeat,
    Duration shutdownTimeout,
    Retention retention,
    SagaArchive archive) {}

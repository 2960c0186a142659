/**
 * The embedded driver of the machine: claims sagas, makes their attempts, records what became of
 * them. Start reading at {@link io.skald.engine.runtime.EngineLoop}, then {@link
 * io.skald.engine.runtime.SagaRun}.
 */
@NullMarked
package io.skald.engine.runtime;

import org.jspecify.annotations.NullMarked;

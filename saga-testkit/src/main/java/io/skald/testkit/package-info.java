/**
 * What proves sagas: {@link io.skald.testkit.StepTest} for one step alone, {@link
 * io.skald.testkit.InMemorySagaStore} for an engine without a database, {@link
 * io.skald.testkit.SagaStoreContract} for a store, {@link io.skald.testkit.SagaAssert} for what
 * became of a saga.
 */
@NullMarked
package io.skald.testkit;

import org.jspecify.annotations.NullMarked;

/**
 * Sagas in PostgreSQL. {@link io.skald.store.jooq.JooqSagaStore} is the store, {@link
 * io.skald.store.jooq.SkaldSchema} its tables and their migration, {@link
 * io.skald.store.jooq.JooqSagas} starts sagas in a jOOQ transaction, {@link
 * io.skald.store.jooq.JooqBarrier} is the barrier and {@link io.skald.store.jooq.JooqInbox} the
 * inbox of a participant, {@link io.skald.store.jooq.JooqOutbox} publishes its messages.
 */
@NullMarked
package io.skald.store.jooq;

import org.jspecify.annotations.NullMarked;

/**
 * Sagas in PostgreSQL. {@link io.skald.store.jooq.JooqSagaStore} is the store, {@link
 * io.skald.store.jooq.SkaldSchema} its tables and their migration, {@link
 * io.skald.store.jooq.JooqSagas} starts sagas in a jOOQ transaction.
 */
@NullMarked
package io.skald.store.jooq;

import org.jspecify.annotations.NullMarked;

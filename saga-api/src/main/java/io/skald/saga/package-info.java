/**
 * What a user names first: declare a saga with {@link io.skald.saga.Saga#define}, its steps with
 * {@link io.skald.saga.Step#named}, and run it through a {@link io.skald.saga.SagaClient}.
 */
@NullMarked
package io.skald.saga;

import org.jspecify.annotations.NullMarked;

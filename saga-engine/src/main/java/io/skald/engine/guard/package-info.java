/**
 * Breaker, bulkhead and rate limiter around one attempt; the only place that knows Resilience4j.
 */
@NullMarked
package io.skald.engine.guard;

import org.jspecify.annotations.NullMarked;

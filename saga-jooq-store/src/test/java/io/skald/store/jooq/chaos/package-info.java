/** Real nodes in processes of their own, killed at random while they work. */
@org.jspecify.annotations.NullMarked
package io.skald.store.jooq.chaos;

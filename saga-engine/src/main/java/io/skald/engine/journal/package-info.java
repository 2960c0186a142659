/** The engine's writer to {@code saga_log}: gathers what many sagas write into few commits. */
@NullMarked
package io.skald.engine.journal;

import org.jspecify.annotations.NullMarked;

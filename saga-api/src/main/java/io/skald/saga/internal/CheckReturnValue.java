package io.skald.saga.internal;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks immutable builders, whose methods do nothing but answer. Static analysers recognise the
 * annotation by its simple name, so a dropped answer is reported without a dependency.
 */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface CheckReturnValue {}

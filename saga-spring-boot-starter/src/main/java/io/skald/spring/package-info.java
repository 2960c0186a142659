/**
 * Skald in a Spring Boot application: with a {@code DataSource} and a {@code SagaDefinition} bean
 * there is an engine, which runs sagas in the application's own transactions.
 */
@NullMarked
package io.skald.spring;

import org.jspecify.annotations.NullMarked;

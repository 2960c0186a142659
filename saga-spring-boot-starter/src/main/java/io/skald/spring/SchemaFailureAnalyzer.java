package io.skald.spring;

import io.skald.saga.error.SagaStoreException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what to do when the database stops the application from starting. */
final class SchemaFailureAnalyzer extends AbstractFailureAnalyzer<SagaStoreException> {
  private static final String UNREACHABLE =
      """
      Check that the database runs and that spring.datasource.url, username and password are \
      right. The engine needs PostgreSQL 14 or later, the primary.\
      """;

  private static final String UNFIT =
      """
      Either let the application make the schema: skald.database.migrate=auto, and a database \
      user who may create a schema and tables.

      Or apply the SQL as another user, and set skald.database.migrate=validate; \
      SkaldSchema.ddl(schema) gives the SQL of all versions.

      skald.database.schema names the schema.\
      """;

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, SagaStoreException cause) {
    String action =
        switch (cause.kind()) {
          case TRANSIENT -> UNREACHABLE;
          case PERMANENT -> UNFIT;
        };
    return new FailureAnalysis(description(cause), action, cause);
  }

  private static String description(SagaStoreException failure) {
    Throwable said = failure.getCause();
    return "Sagas cannot be kept in the database:%n%n    %s%s"
        .formatted(failure.getMessage(), said == null ? "" : ": " + said.getMessage());
  }
}

package io.skald.spring;

import io.skald.saga.error.SagaStoreException;
import java.sql.SQLException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what to do when the database stops the application from starting. */
final class SchemaFailureAnalyzer extends AbstractFailureAnalyzer<SagaStoreException> {
  private static final String UNREACHABLE =
      """
      Check that the database runs and that spring.datasource.url, username and password are \
      right. The engine needs PostgreSQL 15 or later, the primary.\
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
          case TRANSIENT -> isRefused(cause) ? UNFIT : UNREACHABLE;
          case PERMANENT -> UNFIT;
        };
    return new FailureAnalysis(description(cause), action, cause);
  }

  /** Whether the database was reached and lacks a table or a grant, which time alone mends not. */
  private static boolean isRefused(SagaStoreException failure) {
    return failure.getCause() instanceof SQLException sql
        && sql.getSQLState() != null
        && (sql.getSQLState().startsWith("42") || sql.getSQLState().startsWith("3F"));
  }

  private static String description(SagaStoreException failure) {
    Throwable said = failure.getCause();
    return "Sagas cannot be kept in the database:%n%n    %s%s"
        .formatted(failure.getMessage(), said == null ? "" : ": " + said.getMessage());
  }
}

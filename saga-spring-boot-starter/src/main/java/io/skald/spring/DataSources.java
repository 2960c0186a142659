package io.skald.spring;

import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/** What is behind a {@code DataSource} bean. */
final class DataSources {
  private DataSources() {}

  /**
   * What transaction managers know the bean as. A proxy that is aware of transactions would give
   * the engine's own transactions the connection of whatever transaction is active.
   */
  static DataSource target(DataSource dataSource) {
    DataSource at = Objects.requireNonNull(dataSource, "dataSource");
    while (at instanceof TransactionAwareDataSourceProxy proxy) {
      at = Objects.requireNonNull(proxy.getTargetDataSource(), "targetDataSource");
    }
    return at;
  }
}

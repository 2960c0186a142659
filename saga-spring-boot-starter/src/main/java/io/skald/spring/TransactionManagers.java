package io.skald.spring;

import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.PropertyAccessorFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.transaction.PlatformTransactionManager;

/** Finds the transaction manager of a {@code DataSource}. */
final class TransactionManagers {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionManagers.class);

  private TransactionManagers() {}

  /** The one manager of transactions on {@code target}, or the primary one of several. */
  static Optional<PlatformTransactionManager> of(
      DataSource target, ObjectProvider<PlatformTransactionManager> managers) {
    List<PlatformTransactionManager> suited =
        managers.stream().filter(manager -> manages(manager, target)).toList();
    if (suited.size() == 1) {
      return Optional.of(suited.getFirst());
    }
    Optional<PlatformTransactionManager> primary =
        Optional.ofNullable(managers.getIfUnique()).filter(suited::contains);
    if (primary.isEmpty()) {
      LOG.warn(
          "{} transaction managers manage the DataSource of the sagas, and none is primary: a"
              + " saga's start joins no Spring transaction, and local steps run in transactions of"
              + " the engine (expected: one, or a @Primary one, or a TransactionBinding bean)",
          suited.size());
    }
    return primary;
  }

  /** Those of JDBC, JPA and Hibernate say what they manage, under the same name. */
  private static boolean manages(PlatformTransactionManager manager, DataSource target) {
    var properties = PropertyAccessorFactory.forBeanPropertyAccess(manager);
    return properties.isReadableProperty("dataSource")
        && properties.getPropertyValue("dataSource") instanceof DataSource managed
        && DataSources.target(managed) == target;
  }
}

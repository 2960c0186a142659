package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DatabaseServerTest {

  @ParameterizedTest
  @EnumSource
  void keepsWhatWasCommittedHoweverItGoesDown(DatabaseServer.Shutdown shutdown) throws Exception {
    try (DatabaseServer server = DatabaseServer.start(Map.of())) {
      try (Connection before = connect(server)) {
        execute(before, "create table kept (id int)");
        execute(before, "insert into kept values (1)");
        before.setAutoCommit(false);
        execute(before, "insert into kept values (2)");

        server.stop(shutdown);

        assertThatThrownBy(() -> connect(server)).isInstanceOf(SQLException.class);
        assertThatThrownBy(before::commit).isInstanceOf(SQLException.class);
      }
      server.startAgain();

      try (Connection after = connect(server);
          Statement statement = after.createStatement();
          ResultSet rows = statement.executeQuery("select count(*) from kept")) {
        rows.next();
        assertThat(rows.getInt(1)).isEqualTo(1);
      }
    }
  }

  private static Connection connect(DatabaseServer server) throws SQLException {
    return DriverManager.getConnection(server.url());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

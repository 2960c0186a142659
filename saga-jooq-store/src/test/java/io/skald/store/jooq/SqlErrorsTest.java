package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.error.SagaStoreException;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlErrorsTest {
  private final SqlErrors errors = new SqlErrors("skald");

  @ParameterizedTest
  @CsvSource({
    "08006, CONNECTION_LOST",
    "08P01, CONNECTION_LOST",
    "57P01, CONNECTION_LOST",
    "57P02, CONNECTION_LOST",
    "57P03, CONNECTION_LOST",
    "57P05, CONNECTION_LOST",
    "25P03, CONNECTION_LOST",
    "25P04, CONNECTION_LOST",
    "40001, CONFLICT",
    "40P01, CONFLICT",
    "55P03, CONFLICT",
    "57014, CANCELLED",
    "53100, NO_ROOM",
    "53200, NO_ROOM",
    "53300, NO_ROOM",
    "25006, READ_ONLY",
    "25P02, ABORTED",
    "0A000, REFUSED",
    "23502, REFUSED",
    "23505, REFUSED",
    "22001, REFUSED",
    "42P01, REFUSED",
    "XX000, REFUSED"
  })
  void sqlStateDecidesTheReaction(String state, SqlErrors.Reaction reaction) {
    assertThat(errors.reaction(new SQLException("", state))).isEqualTo(reaction);
  }

  @Test
  void anErrorWithoutSqlStateIsALostConnection() {
    assertThat(errors.reaction(new SQLException("reset")))
        .isEqualTo(SqlErrors.Reaction.CONNECTION_LOST);
  }

  @Test
  void onlyWhatIsWrongWithTheDataIsPermanent() {
    assertThat(errors.exception("It", new SQLException("", "40001")).kind())
        .isEqualTo(SagaStoreException.Kind.TRANSIENT);
    assertThat(errors.exception("It", new SQLException("", "08006")).kind())
        .isEqualTo(SagaStoreException.Kind.TRANSIENT);
    assertThat(errors.exception("It", new SQLException("", "42501")).kind())
        .isEqualTo(SagaStoreException.Kind.TRANSIENT);
    assertThat(errors.exception("It", new SQLException("", "26000")).kind())
        .isEqualTo(SagaStoreException.Kind.TRANSIENT);
    for (String state : List.of("22021", "23514", "54000")) {
      assertThat(errors.exception("It", new SQLException("", state)).kind())
          .isEqualTo(SagaStoreException.Kind.PERMANENT);
    }
  }

  @Test
  void findsTheSqlErrorInsideWhatFrameworksWrap() {
    SQLException error = new SQLException("", "40001");
    assertThat(SqlErrors.in(new RuntimeException(new IllegalStateException(error))))
        .contains(error);
    assertThat(SqlErrors.in(new RuntimeException())).isEmpty();
  }
}

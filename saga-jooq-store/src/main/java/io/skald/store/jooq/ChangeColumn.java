package io.skald.store.jooq;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a change of a saga row brings along: a column of {@code c} in statements. */
enum ChangeColumn {
  AFTER_MICROS("bigint"),
  SIGNALS("integer"),
  /** 1 or 0: all that a change brings along is text or a number. */
  URGENT("integer"),
  OUTPUT("text"),
  ERROR("text"),
  ERROR_STEP("text"),
  ERROR_ACTOR("text");

  private static final Pattern NAME = Pattern.compile("\\bc\\.([a-z_]+)");

  private final String type;

  ChangeColumn(String type) {
    this.type = type;
  }

  private static ChangeColumn named(MatchResult name) {
    return valueOf(name.group(1).toUpperCase(Locale.ROOT));
  }

  /** The columns of {@code c} in a text, in order. */
  static List<ChangeColumn> namedIn(String text) {
    return NAME.matcher(text).results().map(ChangeColumn::named).toList();
  }

  /** The text with a parameter in place of each column of {@code c}. */
  static String withParameters(String text) {
    return NAME.matcher(text).replaceAll(name -> "cast(? as " + named(name).type() + ")");
  }

  /** What it is called in statements. */
  String sql() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its type in statements. */
  String type() {
    return type;
  }

  void bind(SagaChange change, Binds binds) throws SQLException {
    switch (this) {
      case AFTER_MICROS -> binds.bigint(afterMicros(change));
      case SIGNALS -> binds.integer(Objects.requireNonNull(signals(change)));
      case URGENT -> binds.integer(urgent(change));
      case OUTPUT, ERROR, ERROR_STEP, ERROR_ACTOR -> binds.text(text(change));
    }
  }

  void bindAll(List<SagaChange> changes, Binds binds) throws SQLException {
    switch (this) {
      case AFTER_MICROS -> binds.bigints(changes, ChangeColumn::afterMicros);
      case SIGNALS -> binds.integers(changes, ChangeColumn::signals);
      case URGENT -> binds.integers(changes, ChangeColumn::urgent);
      case OUTPUT, ERROR, ERROR_STEP, ERROR_ACTOR -> binds.texts(changes, this::text);
    }
  }

  private static @Nullable Long afterMicros(SagaChange change) {
    return change instanceof SagaChange.Park park ? Rows.micros(park.after()) : null;
  }

  private static @Nullable Integer signals(SagaChange change) {
    return change instanceof SagaChange.Park park ? park.signals() : null;
  }

  private static int urgent(SagaChange change) {
    return laneOf(change) == Lane.URGENT ? 1 : 0;
  }

  private static @Nullable Lane laneOf(SagaChange change) {
    return switch (change) {
      case SagaChange.Park park -> park.lane();
      case SagaChange.Stick stick -> stick.lane();
      case SagaChange.Resume resume -> resume.lane();
      case SagaChange.TurnAround turn -> null;
      case SagaChange.Resolve resolve -> null;
      case SagaChange.CallBack back -> null;
      case SagaChange.Complete complete -> null;
      case SagaChange.EndCompensated end -> null;
      case SagaChange.RequestCancel cancel -> null;
    };
  }

  private @Nullable String text(SagaChange change) {
    return switch (this) {
      case AFTER_MICROS, SIGNALS, URGENT -> throw new IllegalStateException("a number: " + this);
      case OUTPUT -> change instanceof SagaChange.Complete complete ? complete.output() : null;
      case ERROR -> ofError(change, SagaError::text);
      case ERROR_STEP -> ofError(change, SagaError::step);
      case ERROR_ACTOR -> ofError(change, SagaError::actor);
    };
  }

  private static @Nullable String ofError(
      SagaChange change, Function<SagaError, @Nullable String> part) {
    SagaError error = errorOf(change);
    return error == null ? null : part.apply(error);
  }

  private static @Nullable SagaError errorOf(SagaChange change) {
    return switch (change) {
      case SagaChange.TurnAround turn -> turn.error();
      case SagaChange.Stick stick -> stick.error();
      case SagaChange.Resolve resolve -> resolve.error();
      case SagaChange.CallBack back -> back.error();
      case SagaChange.Park park -> null;
      case SagaChange.Complete complete -> null;
      case SagaChange.EndCompensated end -> null;
      case SagaChange.Resume resume -> null;
      case SagaChange.RequestCancel cancel -> null;
    };
  }
}

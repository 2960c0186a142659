package io.skald.engine.runtime;

import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.view.InFlightReport;
import io.skald.saga.view.InFlightReport.Sample;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Counts what is found of sagas, one by one. Confined to one thread. */
final class Tally {
  private final SortedMap<String, Sample> staying = new TreeMap<>();
  private final SortedMap<String, Sample> unreadable = new TreeMap<>();
  private long fit;
  private long owned;

  void add(SagaSnapshot saga, SagaMove.Outcome outcome) {
    if (saga.saga().owner() != null) {
      owned++;
    }
    switch (outcome) {
      case SagaMove.Outcome.Moves(Relocation relocation) -> fit++;
      case SagaMove.Outcome.Stays(String reason) -> count(staying, reason, saga);
      case SagaMove.Outcome.Unreadable(String reason) -> count(unreadable, reason, saga);
    }
  }

  void addRead(SagaSnapshot saga, Optional<String> fault) {
    if (saga.saga().owner() != null) {
      owned++;
    }
    if (fault.isPresent()) {
      count(unreadable, fault.get(), saga);
    } else {
      fit++;
    }
  }

  void addOwned() {
    owned++;
  }

  /** Elements of one list are one place: else a report has a line for each of them. */
  private static void count(SortedMap<String, Sample> found, String reason, SagaSnapshot saga) {
    String place = reason.replaceAll("/\\d+/", "/*/");
    found.merge(
        place,
        new Sample(1, saga.saga().id()),
        (there, one) -> new Sample(there.sagas() + 1, there.example()));
  }

  InFlightReport report() {
    return new InFlightReport(fit, owned, staying, unreadable);
  }
}

package io.skald.saga.trip;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Done;
import io.skald.saga.Fixtures;
import io.skald.saga.SagaDefinition;
import io.skald.saga.TypeRef;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.Handler;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.trip.Trips.Airline;
import io.skald.saga.trip.Trips.Bank;
import io.skald.saga.trip.Trips.Bill;
import io.skald.saga.trip.Trips.BookTrip;
import io.skald.saga.trip.Trips.Hotels;
import io.skald.saga.trip.Trips.Leg;
import io.skald.saga.trip.Trips.Payment;
import io.skald.saga.trip.Trips.Room;
import io.skald.saga.trip.Trips.TripRow;
import io.skald.saga.trip.Trips.TripTable;
import io.skald.saga.trip.Trips.Voucher;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The DSL as its users meet it. */
class UserCodeTest {
  private static final BookTrip TRIP = new BookTrip("t-1", "ada", "Riga", 2, 30_000);
  private static final TripSagas SAGAS =
      new TripSagas(new NoTable(), new NoHotels(), new NoAirline(), new NoBank());

  @Test
  void aSagaOfLambdasIsReadAsItWasWritten() {
    SagaDefinition<BookTrip, Voucher> saga = SAGAS.bookTrip();

    assertThat(saga).hasToString("book-trip version 2");
    assertThat(saga.steps())
        .extracting(PlacedStep::name)
        .containsExactly("open-trip", "book-room", "route", "debit", "ticket");
    assertThat(saga.steps())
        .extracting(PlacedStep::position)
        .containsExactly(
            Position.COMPENSATABLE,
            Position.COMPENSATABLE,
            Position.COMPENSATABLE,
            Position.PIVOT,
            Position.RETRIABLE);
    assertThat(saga.pivot()).map(PlacedStep::name).contains("debit");
    assertThat(saga.keyOf(TRIP)).contains("t-1");
    assertThat(saga.attributesOf(TRIP)).isEqualTo(Map.of("traveller", "ada"));
    assertThat(saga.outputType()).isEqualTo(Voucher.class);
  }

  @Test
  void theResultIsMadeFromTheResultsOfStepsThatWereBuiltAnew() throws Exception {
    var legs = List.of(new Leg("BT 1"));
    var results = Fixtures.results(Map.of("debit", new Payment("p-1"), "route", legs));

    assertThat(SAGAS.bookTrip().output().from(TRIP, results)).isEqualTo(new Voucher("p-1", legs));
  }

  @Test
  void aSharedStepGetsItsInputFromTheSagaItStandsIn() throws Exception {
    PlacedStep debit = SAGAS.bookTrip().step("debit").orElseThrow();
    PlacedStep half = SAGAS.debitInHalves().step("first-half").orElseThrow();
    var nothing = Fixtures.results(Map.of());

    assertThat(debit.task().action().work().inputOf(TRIP, nothing))
        .isEqualTo(new Bill("ada", 30_000));
    assertThat(half.task().action().work().inputOf(new Bill("ada", 10), nothing))
        .isEqualTo(new Bill("ada", 5));
  }

  @Test
  void aSagaOfBeansNamesThemByType() {
    PlacedStep room = BookTripSteps.BOOK_TRIP.step("book-room").orElseThrow();
    var bean = new Handler.Bean(BookTripSteps.BookRoom.class, "downtown");

    assertThat(room.task().action().work().handler()).isEqualTo(bean);
    assertThat(room.task().compensation())
        .isInstanceOfSatisfying(
            CompensationPlan.Remote.class,
            plan -> assertThat(plan.work().handler()).isEqualTo(bean));
    assertThat(BookTripSteps.TELL.plan().resultType()).isEqualTo(Done.class);
  }

  @Test
  void aPivotOfBeansNamesEachOfThemByTypeAndQualifier() {
    TaskPlan pay = BookTripSteps.PAY.plan();

    assertThat(pay.action())
        .isInstanceOfSatisfying(
            ActionPlan.Remote.class,
            plan -> {
              assertThat(plan.work().handler())
                  .isEqualTo(new Handler.Bean(BookTripSteps.Pay.class, null));
              assertThat(plan.verification())
                  .isEqualTo(
                      new Work(new Handler.Bean(BookTripSteps.FindPayment.class, "ledger"), null));
            });
    assertThat(pay.compensation())
        .isInstanceOfSatisfying(
            CompensationPlan.Remote.class,
            plan ->
                assertThat(plan.work().handler())
                    .isEqualTo(new Handler.Bean(BookTripSteps.PayBack.class, "ledger")));
  }

  @Test
  void aGenericResultKeepsItsType() {
    assertThat(SAGAS.reserve().outputType()).isEqualTo(new TypeRef<List<String>>() {}.type());
    assertThat(SAGAS.reserve().pivot()).isEmpty();
  }

  private record NoTable() implements TripTable {
    @Override
    public TripRow insert(Connection connection, BookTrip trip) {
      return new TripRow(1);
    }

    @Override
    public boolean cancel(Connection connection, long id) {
      return true;
    }
  }

  private record NoHotels() implements Hotels {
    @Override
    public Room book(String city, int nights, String key) {
      return new Room("1");
    }

    @Override
    public boolean release(String key) {
      return true;
    }
  }

  private record NoAirline() implements Airline {
    @Override
    public List<Leg> route(String city) {
      return List.of();
    }

    @Override
    public void ticket(Leg leg, String key) {}
  }

  private record NoBank() implements Bank {
    @Override
    public Payment debit(String account, long cents, String key) {
      return new Payment(key);
    }

    @Override
    public Optional<Payment> find(String key) {
      return Optional.empty();
    }

    @Override
    public void credit(String key) {}
  }
}

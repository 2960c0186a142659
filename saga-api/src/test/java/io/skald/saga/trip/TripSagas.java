package io.skald.saga.trip;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.TypeRef;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.PivotStep;
import io.skald.saga.trip.Trips.Airline;
import io.skald.saga.trip.Trips.Bank;
import io.skald.saga.trip.Trips.Bill;
import io.skald.saga.trip.Trips.BookTrip;
import io.skald.saga.trip.Trips.FullyBooked;
import io.skald.saga.trip.Trips.Hotels;
import io.skald.saga.trip.Trips.Leg;
import io.skald.saga.trip.Trips.Payment;
import io.skald.saga.trip.Trips.Room;
import io.skald.saga.trip.Trips.TripRow;
import io.skald.saga.trip.Trips.TripTable;
import io.skald.saga.trip.Trips.Voucher;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** Sagas of lambdas, in a component that is given what it talks to; a method per shared step. */
record TripSagas(TripTable trips, Hotels hotels, Airline airline, Bank bank) {

  /** Used by several sagas: it has an input of its own. */
  PivotStep<Bill, Payment> debit() {
    return Step.named("debit", Bill.class)
        .remote(
            Payment.class,
            (bill, call) -> bank.debit(bill.account(), bill.cents(), call.idempotencyKey()))
        .guard("bank")
        .verify(
            (bill, call) ->
                bank.find(call.idempotencyKey()).map(Outcome::succeeded).orElse(Outcome.unknown()))
        .compensationIfUnknown((bill, payment, call) -> bank.credit(call.actionKey()))
        .compensationRetry(Retry.exponential(Duration.ofSeconds(1)))
        .compensationTimeout(Duration.ofSeconds(30));
  }

  CompensatableStep<BookTrip, Room> bookRoom() {
    return Step.named("book-room", BookTrip.class)
        .remote(
            Room.class,
            (trip, call) -> hotels.book(trip.city(), trip.nights(), call.idempotencyKey()))
        .timeout(Duration.ofSeconds(3))
        .retry(Retry.exponential(Duration.ofMillis(100)).attemptsMax(4))
        .permanent(FullyBooked.class)
        .compensation((trip, room, call) -> hotels.release(call.actionKey()))
        .compensationRetry(Retry.exponential(Duration.ofSeconds(1)))
        .compensationTimeout(Duration.ofSeconds(30));
  }

  SagaDefinition<BookTrip, Voucher> bookTrip() {
    var openTrip =
        Step.named("open-trip", BookTrip.class)
            .local(TripRow.class, (trip, tx) -> trips.insert(tx.connection(), trip))
            .compensation((trip, row, tx) -> trips.cancel(tx.connection(), row.id()));
    var route =
        Step.named("route", BookTrip.class)
            .remote(TypeRef.listOf(Leg.class), (trip, call) -> airline.route(trip.city()))
            .needsNoCompensation();
    var ticket =
        Step.named("ticket", BookTrip.class)
            .remote(
                (trip, call) -> {
                  for (Leg leg : call.resultOf(route)) {
                    airline.ticket(leg, call.idempotencyKey() + leg.flight());
                  }
                });
    return Saga.define("book-trip", BookTrip.class)
        .version(2)
        .key(BookTrip::tripId)
        .attribute("traveller", BookTrip::traveller)
        .deadline(Duration.ofDays(3))
        .step(openTrip)
        .step(bookRoom())
        .step(route)
        .pivot(debit().from(BookTrip.class, (t, results) -> new Bill(t.account(), t.cents())))
        .step(ticket)
        .returning(
            Voucher.class,
            (trip, results) ->
                new Voucher(results.resultOf(debit()).id(), results.resultOf(route)));
  }

  /** The shared step twice, in a saga of its own, without a result. */
  SagaDefinition<Bill, Done> debitInHalves() {
    return Saga.define("debit-in-halves", Bill.class)
        .pivot(debit().as("first-half").from(Bill.class, (bill, results) -> half(bill)))
        .step(
            Step.named("second-half", Bill.class)
                .remote(
                    Payment.class,
                    (bill, call) -> bank.debit(bill.account(), bill.cents(), call.idempotencyKey()))
                .from(Bill.class, (bill, results) -> half(bill)))
        .build();
  }

  private static Bill half(Bill bill) {
    return new Bill(bill.account(), bill.cents() / 2);
  }

  /** A saga with neither a pivot nor a step that returns anything, and a generic result. */
  SagaDefinition<BookTrip, List<String>> reserve() {
    return Saga.define("reserve", BookTrip.class)
        .step(
            Step.named("touch", BookTrip.class)
                .local((trip, tx) -> trips.insert(tx.connection(), trip)) // a value nobody wants
                .compensation((trip, done, tx) -> {}))
        .returning(new TypeRef<List<String>>() {}, (trip, results) -> List.of(trip.city()));
  }

  static String run(
      SagaClient sagas, SagaDefinition<BookTrip, Voucher> saga, BookTrip trip, Connection joined)
      throws InterruptedException, TimeoutException {
    sagas.joining(joined).start(saga, trip);
    SagaHandle<Voucher> handle = sagas.start(saga, trip);
    return switch (handle.await(Duration.ofSeconds(5))) {
      case SagaEnd.Completed<Voucher>(Voucher voucher) -> voucher.payment();
      case SagaEnd.Compensated<Voucher>(String step, String reason) -> step + ": " + reason;
      case SagaEnd.Resolved<Voucher>(String actor, String reason) -> actor + ": " + reason;
      case SagaEnd.Stuck<Voucher>(String step, String reason) -> step + "? " + reason;
    };
  }
}

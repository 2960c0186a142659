package io.skald.saga.trip;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.step.LocalAction;
import io.skald.saga.step.LocalCompensation;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.LocalTask;
import io.skald.saga.step.PivotStep;
import io.skald.saga.step.RemoteAction;
import io.skald.saga.step.RemoteCompensation;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.RemoteTask;
import io.skald.saga.step.Tx;
import io.skald.saga.step.Verification;
import io.skald.saga.trip.Trips.BookTrip;
import io.skald.saga.trip.Trips.FullyBooked;
import io.skald.saga.trip.Trips.Hotels;
import io.skald.saga.trip.Trips.Payer;
import io.skald.saga.trip.Trips.Payment;
import io.skald.saga.trip.Trips.Room;
import io.skald.saga.trip.Trips.TripRow;
import io.skald.saga.trip.Trips.TripTable;
import io.skald.saga.trip.Trips.Voucher;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A saga of beans alone: its steps are constants, so that beans and tests can name them. */
final class BookTripSteps {
  static final CompensatableStep<BookTrip, TripRow> OPEN_TRIP =
      Step.named("open-trip", BookTrip.class)
          .local(TripRow.class, OpenTrip.class)
          .compensation(OpenTrip.class);

  static final CompensatableStep<BookTrip, Room> BOOK_ROOM =
      Step.named("book-room", BookTrip.class)
          .remote(Room.class, BookRoom.class)
          .qualifier("downtown")
          .timeout(Duration.ofSeconds(3))
          .retry(Retry.exponential(Duration.ofMillis(100)).attemptsMax(4))
          .permanent(FullyBooked.class)
          .compensation(BookRoom.class)
          .compensationQualifier("downtown");

  static final PivotStep<BookTrip, Payment> PAY =
      Step.named("pay", BookTrip.class)
          .remote(Payment.class, Pay.class)
          .verify(FindPayment.class)
          .verifyQualifier("ledger")
          .compensationIfUnknown(PayBack.class)
          .compensationQualifier("ledger")
          .compensationPermanent(IOException.class);

  static final RemoteStep<BookTrip, Done> TELL =
      Step.named("tell-traveller", BookTrip.class).remote(TellTraveller.class);

  static final LocalStep<BookTrip, Done> CLOSE_TRIP =
      Step.named("close-trip", BookTrip.class).local(CloseTrip.class);

  static final SagaDefinition<BookTrip, Voucher> BOOK_TRIP =
      Saga.define("book-trip", BookTrip.class)
          .key(BookTrip::tripId)
          .step(OPEN_TRIP)
          .step(BOOK_ROOM)
          .pivot(PAY)
          .step(TELL)
          .step(CLOSE_TRIP)
          .returning(
              Voucher.class, (trip, results) -> new Voucher(results.resultOf(PAY).id(), List.of()));

  private BookTripSteps() {}

  record OpenTrip(TripTable trips)
      implements LocalAction<BookTrip, TripRow>, LocalCompensation<BookTrip, TripRow> {
    @Override
    public TripRow execute(BookTrip trip, Tx tx) throws SQLException {
      return trips.insert(tx.connection(), trip);
    }

    @Override
    public void compensate(BookTrip trip, TripRow row, Tx tx) throws SQLException {
      trips.cancel(tx.connection(), row.id());
    }
  }

  record BookRoom(Hotels hotels)
      implements RemoteAction<BookTrip, Room>, RemoteCompensation<BookTrip, Room> {
    @Override
    public Room execute(BookTrip trip, Call call) throws FullyBooked, IOException {
      return hotels.book(trip.city(), trip.nights(), call.idempotencyKey());
    }

    @Override
    public void compensate(BookTrip trip, Optional<Room> room, CompensationCall call)
        throws IOException {
      long row = call.resultOf(OPEN_TRIP).id();
      hotels.release(call.actionKey() + row);
    }
  }

  /** Written for everything that can be billed, and used for a trip. */
  record Pay() implements RemoteAction<Payer, Payment> {
    @Override
    public Payment execute(Payer payer, Call call) {
      return new Payment(payer.account() + call.attempt());
    }
  }

  record FindPayment() implements Verification<Payer, Payment> {
    @Override
    public Outcome<Payment> verify(Payer payer, Call call) {
      return Outcome.unknown();
    }
  }

  record PayBack() implements RemoteCompensation<Payer, Payment> {
    @Override
    public void compensate(Payer payer, Optional<Payment> payment, CompensationCall call) {}
  }

  record TellTraveller() implements RemoteTask<Payer> {
    @Override
    public void execute(Payer payer, Call call) {}
  }

  record CloseTrip() implements LocalTask<Object> {
    @Override
    public void execute(Object anything, Tx tx) {}
  }
}

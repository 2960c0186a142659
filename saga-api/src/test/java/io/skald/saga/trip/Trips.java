package io.skald.saga.trip;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What booking a trip is about, and whom it talks to. */
interface Trips {

  /** Somebody who can be billed. */
  interface Payer {
    String account();

    long cents();
  }

  /** The saga's input. */
  record BookTrip(String tripId, String traveller, String city, int nights, long cents)
      implements Payer {
    @Override
    public String account() {
      return traveller;
    }
  }

  /** The input of a step that other sagas use as well. */
  record Bill(String account, long cents) {}

  record TripRow(long id) {}

  record Room(String number) {}

  record Leg(String flight) {}

  record Payment(String id) {}

  record Voucher(String payment, List<Leg> legs) {}

  /** No room is free; another attempt will not find one. */
  class FullyBooked extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /** Rows in the service's own database. */
  interface TripTable {
    TripRow insert(Connection connection, BookTrip trip) throws SQLException;

    boolean cancel(Connection connection, long id) throws SQLException;
  }

  /** A service of its own. */
  interface Hotels {
    Room book(String city, int nights, String key) throws FullyBooked, IOException;

    boolean release(String key) throws IOException;
  }

  /** A service of its own. */
  interface Airline {
    List<Leg> route(String city);

    void ticket(Leg leg, String key) throws IOException;
  }

  /** A service of its own. */
  interface Bank {
    Payment debit(String account, long cents, String key);

    Optional<Payment> find(String key);

    void credit(String key);
  }
}

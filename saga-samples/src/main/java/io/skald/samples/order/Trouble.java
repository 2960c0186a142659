package io.skald.samples.order;

import java.util.Locale;

/**
 * What goes wrong on an order's way besides empty shelves and declined cards: one kind of trouble
 * at one place, or none.
 *
 * @param place where it happens
 * @param kind what happens there
 */
record Trouble(Place place, Kind kind) {
  /** An order nothing happens to. */
  static final Trouble NONE = new Trouble(Place.NOWHERE, Kind.NONE);

  /** Where trouble happens. */
  enum Place {
    /** At no place. */
    NOWHERE,
    /** While stock is reserved. */
    STOCK,
    /** While money is held in the wallet. */
    WALLET,
    /** While the card is charged. */
    PAYMENT,
    /** While the parcel is packed and shipped. */
    PARCEL
  }

  /** What happens. */
  enum Kind {
    /** Nothing. */
    NONE,
    /** The first attempt takes longer than its time limit, and takes effect after it. */
    SLOW,
    /** The first attempt takes effect, and the connection breaks before the answer. */
    LOST,
    /** No attempt answers in time; all of them try to take effect when nobody waits any more. */
    STALLED
  }

  /** Reads what {@link #text} writes. */
  static Trouble parse(String text) {
    if (text.isEmpty()) {
      return NONE;
    }
    String[] parts = text.toUpperCase(Locale.ROOT).split(":", -1);
    if (parts.length != 2) {
      throw new IllegalArgumentException("trouble: " + text + " (expected: place:kind)");
    }
    return new Trouble(Place.valueOf(parts[0]), Kind.valueOf(parts[1]));
  }

  /** The trouble as {@code place:kind}, or empty for none. */
  String text() {
    return equals(NONE) ? "" : (place + ":" + kind).toLowerCase(Locale.ROOT);
  }
}

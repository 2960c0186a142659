package io.skald.engine.spi;

import java.util.Set;

/**
 * Which messages a relay sends: those whose keys fall into its buckets.
 *
 * @param buckets the numbers of the buckets it owns; empty if others have them all
 * @param surplus how many of these are more than its share, and are to be given up when it has
 *     nothing of them under way
 */
public record RelayShare(Set<Integer> buckets, int surplus) {
  /** Copies the set. */
  public RelayShare {
    buckets = Set.copyOf(buckets);
  }
}

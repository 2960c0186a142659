package io.skald.saga.diagram;

import java.util.List;
import java.util.Optional;

/** What is drawn of a step: a card for one that stands for itself, a frame for one that holds. */
sealed interface Part {

  /** The step's name. */
  String name();

  /** What is said of its compensation; empty if nothing of it is ever compensated. */
  Optional<String> compensation();

  /** Whether the forward path ends here. */
  boolean isEnd();

  /** What a card is about. */
  enum Tone {
    LOCAL,
    REMOTE,
    WAIT,
    REFUSAL
  }

  /**
   * A step that holds no other.
   *
   * @param notes what is said of it, a line each
   */
  record Card(String name, Tone tone, List<String> notes, Optional<String> compensation)
      implements Part {
    @Override
    public boolean isEnd() {
      return tone == Tone.REFUSAL;
    }
  }

  /** How a frame holds its branches. */
  enum Shape {
    SEQUENCE,
    PARALLEL,
    CHOICE,
    EACH
  }

  /**
   * A step that holds others.
   *
   * @param note what is said of it
   * @param branches what it holds
   */
  record Frame(
      String name, Shape shape, String note, List<Branch> branches, Optional<String> compensation)
      implements Part {
    @Override
    public boolean isEnd() {
      return switch (shape) {
        case CHOICE -> branches.stream().allMatch(Branch::isEnd);
        case SEQUENCE, PARALLEL, EACH -> branches.stream().anyMatch(Branch::isEnd);
      };
    }

    /** The parts it holds. */
    List<Part> parts() {
      return branches.stream().map(Branch::part).flatMap(Optional::stream).toList();
    }
  }

  /**
   * A way through a frame.
   *
   * @param label when it is taken; empty where that need not be said
   * @param part what stands there; empty for nothing
   */
  record Branch(String label, Optional<Part> part) {
    static Branch of(Part part) {
      return new Branch("", Optional.of(part));
    }

    boolean isEnd() {
      return part.filter(Part::isEnd).isPresent();
    }
  }
}

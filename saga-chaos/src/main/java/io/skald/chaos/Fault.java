package io.skald.chaos;

/** Something that goes wrong, drawn in advance. */
interface Fault {

  /** What is counted, and has to strike at least once in a run that plans it. */
  enum Kind {
    KILL("node killed"),
    PAUSE("node stopped and continued"),
    TERMINATE("backends terminated"),
    CANCEL("statements cancelled"),
    RESTART_FAST("server restarted, fast"),
    RESTART_IMMEDIATE("server restarted, immediate"),
    RESTART_KILL("server killed and restarted"),
    HOLD("commits held"),
    DISTURB("connections cut, torn, delayed and lost"),
    DARKEN("node in the dark");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  Kind kind();

  /**
   * Strikes, lasts as long as it does, and heals: when this returns, what it did to the scene is
   * over. What it throws makes the run invalid.
   *
   * @return how much it hit; 0 if it hit nothing
   */
  int strike(Scene scene) throws Exception;
}

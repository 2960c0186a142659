package io.skald.store.jooq;

import io.skald.engine.spi.DefinitionRef;

/** Definitions as one text each: name, version and fingerprint, which never hold a slash. */
final class Definitions {
  private Definitions() {}

  static String text(DefinitionRef definition) {
    return definition.name() + '/' + definition.version() + '/' + definition.fingerprint();
  }
}

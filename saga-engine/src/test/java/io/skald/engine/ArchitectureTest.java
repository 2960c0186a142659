package io.skald.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.skald.engine.machine.SagaMachine;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** Which way the packages of the engine depend on each other, and on the world. */
class ArchitectureTest {
  private static final JavaClasses ENGINE =
      new ClassFileImporter()
          .importUrl(SagaMachine.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void theMachineDependsOnTheApiAlone() {
    classes()
        .that()
        .resideInAPackage("io.skald.engine.machine..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.skald.engine.machine..",
            "io.skald.saga..",
            "java.lang..",
            "java.time..",
            "java.util",
            "java.util.function..",
            "java.util.stream..",
            "org.jspecify..")
        .check(ENGINE);
  }

  @Test
  void theMachineTouchesNeitherThreadsNorSources() {
    noClasses()
        .that()
        .resideInAPackage("io.skald.engine.machine..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(System.class, Clock.class, Random.class)
        .check(ENGINE);
  }

  /** {@code Sources} is the one place; everything else is given it. */
  @Test
  void timeChanceAndIdentitiesComeFromOnePlace() {
    noClasses()
        .that()
        .haveNameNotMatching("io\\.skald\\.engine\\.runtime\\.Sources(\\$.*)?")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(UUID.class, "randomUUID")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(Clock.class, Date.class, Random.class, ThreadLocalRandom.class)
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("com.github.f4b6a3.uuid..")
        .check(ENGINE);
  }

  @Test
  void onlyRuntimeAndJournalStartThreads() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.skald.engine.runtime..", "io.skald.engine.journal..")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Thread.Builder.class, Executors.class)
        .orShould()
        .callMethod(Thread.class, "ofVirtual")
        .orShould()
        .callMethod(Thread.class, "ofPlatform")
        .orShould()
        .callMethod(Thread.class, "startVirtualThread", Runnable.class)
        .orShould()
        .callMethod(Thread.class, "start")
        .check(ENGINE);
  }

  @Test
  void jacksonStaysInTheCodec() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.skald.engine.codec..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("tools.jackson..", "com.fasterxml.jackson..")
        .check(ENGINE);
  }

  @Test
  void resilience4jStaysInTheGuard() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.skald.engine.guard..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.github.resilience4j..")
        .check(ENGINE);
  }

  @Test
  void theSpiKnowsNoPartOfTheEngineBehindIt() {
    noClasses()
        .that()
        .resideInAPackage("io.skald.engine.spi..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.skald.engine",
            "io.skald.engine.runtime..",
            "io.skald.engine.journal..",
            "io.skald.engine.codec..",
            "io.skald.engine.guard..",
            "io.skald.engine.machine..")
        .check(ENGINE);
  }

  @Test
  void theEngineKnowsNoStore() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.jooq..", "org.postgresql..", "io.skald.store..")
        .check(ENGINE);
  }

  @Test
  void packagesAreAcyclic() {
    slices().matching("io.skald.engine.(*)..").should().beFreeOfCycles().check(ENGINE);
    noClasses()
        .that()
        .resideInAPackage("io.skald.engine.*..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.skald.engine")
        .check(ENGINE);
  }
}

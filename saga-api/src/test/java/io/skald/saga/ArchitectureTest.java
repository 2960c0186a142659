package io.skald.saga;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What this module may depend on, and which way. The packages of the DSL, of its stages and of the
 * definition as a value ({@code io.skald.saga}, {@code .step}, {@code .definition}) belong
 * together: a sealed {@code Step} names the stages that implement it, and the stages name {@code
 * Step}. They are one slice here; what lies below and beside them is not.
 */
class ArchitectureTest {
  private static final JavaClasses API =
      new ClassFileImporter()
          .importUrl(Saga.class.getProtectionDomain().getCodeSource().getLocation());

  private static final String[] WALL_CLOCKS = {
    "java.time.Clock", "java.util.Random", "java.util.concurrent.ThreadLocalRandom"
  };

  @Test
  void dependsOnTheJdkAndJspecifyAlone() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.skald.saga..",
            "java.lang..",
            "java.util..",
            "java.time..",
            "java.nio..",
            "java.security..",
            "java.io..",
            "java.sql..",
            "org.jspecify..")
        .check(API);
  }

  @Test
  void checksDependOnNothingOfThisModule() {
    noClasses()
        .that()
        .resideInAPackage("io.skald.saga.internal..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.skald.saga",
            "io.skald.saga.step..",
            "io.skald.saga.definition..",
            "io.skald.saga.error..",
            "io.skald.saga.view..")
        .check(API);
  }

  @Test
  void errorsKnowAnIdentityAndNothingElse() {
    noClasses()
        .that()
        .resideInAPackage("io.skald.saga.error..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.skald.saga.step..", "io.skald.saga.definition..", "io.skald.saga.view..")
        .check(API);
  }

  @Test
  void viewsKnowNeitherTheDslNorDefinitions() {
    noClasses()
        .that()
        .resideInAPackage("io.skald.saga.view..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.skald.saga.step..", "io.skald.saga.definition..")
        .check(API);
  }

  @Test
  void definitionsAsValuesDoNotKnowTheStagesThatMakeThem() {
    noClasses()
        .that()
        .resideInAPackage("io.skald.saga.definition..")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("io\\.skald\\.saga\\.step\\..*(Step|Draft)")
        .check(API);
  }

  @Test
  void knowsNoClockNoChanceAndNoThread() {
    for (String type : WALL_CLOCKS) {
      noClasses().should().dependOnClassesThat().haveFullyQualifiedName(type).check(API);
    }
    noClasses()
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(UUID.class, "randomUUID")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .check(API);
  }

  @Test
  void whatIsPublicIsAnInterfaceOrClosedForExtension() {
    classes()
        .that()
        .arePublic()
        .and()
        .areNotInterfaces()
        .and()
        .doNotHaveSimpleName("TypeRef")
        .and()
        .areNotAssignableTo(Throwable.class)
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(API);
  }
}

package io.skald.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.spring.SkaldAutoConfigurationTest.OneSaga;
import io.skald.store.jooq.SkaldSchema;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What a start does with sagas in flight that no definition bean is for. */
@ExtendWith(OutputCaptureExtension.class)
class DeployGatePropertyTest {
  private static final String FINDING = "1 saga stands at the beginning of removed version 3";

  private final TestDatabase database = TestDatabase.create();

  @BeforeEach
  void leave() {
    database.execute(SkaldSchema.ddl("skald"));
    database.execute(
        """
        insert into skald.saga (
          id, definition, version, fingerprint, business_key, status, input, input_digest, wake_at)
        values (
          gen_random_uuid(), 'removed', 3, 'f', 'o1', 'RUNNING', '{}', '',
          now() + interval '1 day')
        """);
  }

  private ApplicationContextRunner application(String... properties) {
    return Applications.on(database)
        .withUserConfiguration(OneSaga.class)
        .withPropertyValues(properties);
  }

  @Test
  void itIsSaidInTheLogIfNothingElseIsAskedFor(CapturedOutput output) {
    application().run(context -> assertThat(context).hasSingleBean(SagaEngine.class));

    assertThat(output).contains("sagas in flight that this node cannot run", FINDING);
  }

  @Test
  void theStartIsRefusedIfThatIsAskedFor() {
    application("skald.deploy-gate=refuse")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .isInstanceOf(SagaDefinitionException.class)
                    .hasMessageContaining(FINDING));
    assertThat(database.count("skald.saga_node")).isZero();
  }

  @Test
  void nothingIsSaidIfTheGateIsOff(CapturedOutput output) {
    application("skald.deploy-gate=off")
        .run(context -> assertThat(context).hasSingleBean(SagaEngine.class));

    assertThat(output).doesNotContain(FINDING);
  }
}

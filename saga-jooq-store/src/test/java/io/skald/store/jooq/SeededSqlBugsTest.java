package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.CancellationToken;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherExecutionRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Tests that find nothing may be blind: these statements are wrong, and they see that. */
@Tag("seeded-bugs")
// whatever asks a server meanwhile meets the mistake
@Isolated
class SeededSqlBugsTest {

  @ParameterizedTest
  @EnumSource
  void theTestThatHasToSeeItFails(SeededSqlBug bug) {
    var ends = new ArrayList<TestExecutionResult.Status>();
    bug.during(() -> run(bug.suite(), bug.test(), ends));

    assertThat(bug.statements()).as("statements that %s has made wrong", bug).isPositive();
    assertThat(ends)
        .as("%s.%s, while there is %s", bug.suite().getSimpleName(), bug.test(), bug)
        .contains(TestExecutionResult.Status.FAILED);
  }

  /** Runs a test, and no more of its cases once one has failed. */
  private static void run(Class<?> suite, String test, List<TestExecutionResult.Status> ends) {
    PostDiscoveryFilter thatOne =
        descriptor -> FilterResult.includedIf(!descriptor.isTest() || isOf(descriptor, test));
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(suite))
            .filters(thatOne)
            .build();
    var enough = CancellationToken.create();
    var untilOneFails =
        new TestExecutionListener() {
          @Override
          public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
            if (identifier.isTest()) {
              ends.add(result.getStatus());
            }
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
              enough.cancel();
            }
          }
        };
    LauncherFactory.create()
        .execute(
            LauncherExecutionRequestBuilder.request(request)
                .listeners(untilOneFails)
                .cancellationToken(enough)
                .build());
  }

  private static boolean isOf(TestDescriptor descriptor, String test) {
    return descriptor
        .getSource()
        .filter(MethodSource.class::isInstance)
        .map(MethodSource.class::cast)
        .filter(source -> source.getMethodName().equals(test))
        .isPresent();
  }
}

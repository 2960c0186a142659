package io.skald.spring;

import io.skald.engine.spi.HandlerResolver;
import io.skald.saga.error.SagaDefinitionException;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;

/**
 * Handlers out of an application context, by type. Of several beans of one type the
 * {@code @Primary} one is meant, unless the step says which by its qualifier: a bean's name or its
 * {@code @Qualifier}. Safe for use by several threads.
 */
public final class SpringHandlerResolver implements HandlerResolver {
  private final ListableBeanFactory beans;

  /** A resolver that looks in {@code beans} and its parents. */
  public SpringHandlerResolver(ListableBeanFactory beans) {
    this.beans = Objects.requireNonNull(beans, "beans");
  }

  @Override
  public <T> T resolve(Class<T> type, @Nullable String qualifier) {
    try {
      return qualifier == null
          ? beans.getBean(type)
          : BeanFactoryAnnotationUtils.qualifiedBeanOfType(beans, type, qualifier);
    } catch (NoSuchBeanDefinitionException e) {
      // what a bean misses for itself arrives wrapped in another exception
      throw refusal(type, qualifier);
    }
  }

  private SagaDefinitionException refusal(Class<?> type, @Nullable String qualifier) {
    String[] names = beans.getBeanNamesForType(type);
    String found =
        names.length == 0
            ? "there is no handler bean of type " + type.getName()
            : "there are %d handler beans of type %s: %s"
                .formatted(
                    names.length,
                    type.getName(),
                    Stream.of(names).sorted().collect(Collectors.joining(", ")));
    if (qualifier != null) {
      found += ", and exactly one with the qualifier " + qualifier + " is needed";
    }
    return new SagaDefinitionException(
        found + " (expected: " + expected(type, names.length, qualifier) + ")", null, null);
  }

  private static String expected(Class<?> type, int count, @Nullable String qualifier) {
    if (qualifier != null) {
      return "one bean of that type that is named %s or has @Qualifier(\"%s\")"
          .formatted(qualifier, qualifier);
    }
    return count == 0
        ? "one, for instance by @Component on " + type.getSimpleName()
        : "qualifier(\"...\") with a bean's name on the step, or @Primary on one of them";
  }
}

package io.skald.saga;

import io.skald.saga.internal.Check;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A generic result type, kept at run time: {@code new TypeRef<Map<String, Line>>() {}} or {@code
 * TypeRef.listOf(Line.class)}. Immutable.
 *
 * @param <T> the type
 */
public abstract class TypeRef<T> {
  private final Type type;

  /**
   * Captures the type argument of the anonymous subclass.
   *
   * @throws IllegalArgumentException if the subclass gives no type argument, or one with a type
   *     variable in it, which nobody knows at run time
   */
  protected TypeRef() {
    if (!(getClass().getGenericSuperclass() instanceof ParameterizedType generic)
        || generic.getRawType() != TypeRef.class) {
      throw new IllegalArgumentException(
          "TypeRef: no type argument (expected: new TypeRef<List<Line>>() {})");
    }
    this.type = known(generic.getActualTypeArguments()[0]);
  }

  private static Type known(Type type) {
    switch (type) {
      case TypeVariable<?> variable ->
          throw Check.refused("TypeRef", variable, "a type; a type variable is none at run time");
      case ParameterizedType generic ->
          Stream.of(generic.getActualTypeArguments()).forEach(TypeRef::known);
      case GenericArrayType array -> known(array.getGenericComponentType());
      default -> {}
    }
    return type;
  }

  private TypeRef(Type type) {
    this.type = type;
  }

  /** A list of {@code element}. */
  public static <E> TypeRef<List<E>> listOf(Class<E> element) {
    return new TypeRef<>(listType(element)) {};
  }

  /** The type of a list whose elements are of the type {@code element}. */
  public static Type listType(Type element) {
    return new ListOf(element);
  }

  /** The captured type. */
  public final Type type() {
    return type;
  }

  private record ListOf(Type element) implements ParameterizedType {
    @Override
    public Type[] getActualTypeArguments() {
      return new Type[] {element};
    }

    @Override
    public Type getRawType() {
      return List.class;
    }

    @Override
    public Type getOwnerType() {
      // ParameterizedType answers null for a top-level type; the method is not ours to annotate
      return List.class.getDeclaringClass();
    }

    /** Equal to the type the compiler makes, as every parameterized type has to be. */
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof ParameterizedType type
          && type.getRawType().equals(getRawType())
          && type.getOwnerType() == null
          && Arrays.equals(type.getActualTypeArguments(), getActualTypeArguments());
    }

    /** The one of the types the compiler makes, which is specified nowhere and the same in all. */
    @Override
    public int hashCode() {
      return Arrays.hashCode(getActualTypeArguments()) ^ getRawType().hashCode();
    }

    @Override
    public String getTypeName() {
      return "java.util.List<" + element.getTypeName() + ">";
    }

    @Override
    public String toString() {
      return getTypeName();
    }
  }
}

package io.skald.saga;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** What the compiler says about a piece of user code. */
final class Compilation {
  private static final JavaCompiler COMPILER =
      Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK, not a JRE");

  private Compilation() {}

  /**
   * The errors in each of these source files, compiled together; a file without errors is not in
   * the answer. Writes no class file.
   *
   * @param sources the source texts, by the path a compiler expects them at
   */
  static Map<String, List<String>> errorsIn(Map<String, String> sources) {
    var diagnostics = new DiagnosticCollector<JavaFileObject>();
    var options =
        List.of(
            "-proc:none",
            "-classpath",
            System.getProperty("java.class.path"),
            "-Xlint:none",
            "-Xmaxerrs",
            "10000");
    var files =
        sources.entrySet().stream().map(entry -> file(entry.getKey(), entry.getValue())).toList();
    var task = (JavacTask) COMPILER.getTask(null, null, diagnostics, options, null, files);
    try {
      task.analyze();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return diagnostics.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .collect(
            Collectors.groupingBy(
                diagnostic -> diagnostic.getSource().getName(),
                Collectors.mapping(
                    diagnostic -> diagnostic.getCode() + ": " + diagnostic.getMessage(null),
                    Collectors.toList())));
  }

  private static JavaFileObject file(String path, String source) {
    return new SimpleJavaFileObject(URI.create("string:///" + path), JavaFileObject.Kind.SOURCE) {
      @Override
      public String getName() {
        return path;
      }

      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
      }
    };
  }
}

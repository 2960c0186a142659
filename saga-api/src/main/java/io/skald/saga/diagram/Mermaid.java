package io.skald.saga.diagram;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A flowchart in Mermaid's language, one element a line. Confined to one thread. */
final class Mermaid {
  private static final String FORWARD = " --> ";
  private static final String FINAL = " -->|retried from here on| ";
  private static final String BACK = " -.-> ";
  private static final String DIRECTION = "direction TB";
  private static final String START = "start";
  private static final String COMPLETED = "completed";
  private static final String COMPENSATED = "compensated";
  private static final List<String> CLASSES =
      List.of(
          "classDef local stroke:#0969da",
          "classDef remote stroke:#8250df",
          "classDef wait stroke:#9a6700",
          "classDef refusal stroke:#cf222e",
          "classDef pivot stroke-width:4px",
          "classDef back stroke:#bc4c00,stroke-dasharray:5 4");

  private final List<String> lines = new ArrayList<>();
  private final Sketch sketch;
  private int depth = 1;

  private Mermaid(Sketch sketch) {
    this.sketch = sketch;
  }

  static String of(Sketch sketch) {
    return new Mermaid(sketch).drawn();
  }

  private String drawn() {
    lines.add("flowchart TD");
    add(START + "([\"" + sketch.title() + "<br>" + sketch.subtitle() + "\"])");
    List<Part> way = new ArrayList<>(sketch.revocable());
    way.addAll(sketch.after());
    way.forEach(this::forward);
    if (sketch.isCompletable()) {
      add(COMPLETED + "([\"completed\"])");
    }
    connect(way);
    sketch.pivot().ifPresent(pivot -> add("class " + id(pivot) + " pivot"));
    back(sketch.revocable());
    CLASSES.forEach(this::add);
    return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
  }

  private void connect(List<Part> way) {
    String before = START + FORWARD;
    for (Part part : way) {
      add(before + id(part));
      if (part.isEnd()) {
        return;
      }
      before = id(part) + (isPointOfNoReturn(part) ? FINAL : FORWARD);
    }
    add(before + COMPLETED);
  }

  /** Without a pivot it is the first confirmation, if there is one. */
  private boolean isPointOfNoReturn(Part part) {
    return sketch.pivot().isPresent()
        ? isPivot(part)
        : !sketch.after().isEmpty() && part.equals(sketch.before().getLast());
  }

  private boolean isPivot(Part part) {
    return sketch.pivot().filter(part::equals).isPresent();
  }

  private String title(Part part) {
    return part.name() + (isPivot(part) ? " (pivot)" : "");
  }

  private void forward(Part part) {
    switch (part) {
      case Part.Card card ->
          add(id(card) + box(label(card)) + ":::" + card.tone().name().toLowerCase(Locale.ROOT));
      case Part.Frame frame -> frame(frame);
    }
  }

  private String label(Part.Card card) {
    return Stream.concat(Stream.of(title(card)), card.notes().stream())
        .collect(Collectors.joining("<br>"));
  }

  private void frame(Part.Frame frame) {
    add("subgraph " + id(frame) + box(title(frame) + ": " + frame.note()));
    depth++;
    add(DIRECTION);
    frame.parts().forEach(this::forward);
    switch (frame.shape()) {
      case PARALLEL, EACH -> {}
      case CHOICE -> cases(frame);
      case SEQUENCE -> {
        for (int at = 1; at < frame.parts().size(); at++) {
          add(id(frame.parts().get(at - 1)) + FORWARD + id(frame.parts().get(at)));
        }
      }
    }
    depth--;
    add("end");
  }

  private void cases(Part.Frame frame) {
    String question = "q." + safe(frame.name());
    add(question + "{\"?\"}");
    for (Part.Branch branch : frame.branches()) {
      String target = branch.part().map(Mermaid::id).orElse("n." + safe(frame.name()));
      if (branch.part().isEmpty()) {
        add(target + "((\" \"))");
      }
      add(question + " -->|" + branch.label() + "| " + target);
    }
  }

  /** The way back, from the last part that may turn the saga around to the first one. */
  private void back(List<Part> revocable) {
    List<Part> owed =
        revocable.reversed().stream().filter(part -> part.compensation().isPresent()).toList();
    owed.forEach(this::compensation);
    add(COMPENSATED + "([\"compensated\"]):::back");
    Part last = revocable.getLast();
    String before = id(last);
    String line = " -. cannot go on .-> ";
    for (Part part : owed) {
      add(before + line + backId(part));
      before = backId(part);
      line = BACK;
    }
    add(before + line + COMPENSATED);
  }

  private void compensation(Part part) {
    switch (part) {
      case Part.Card card ->
          add(backId(card) + box(card.name() + "<br>" + words(card.compensation())) + ":::back");
      case Part.Frame frame -> compensation(frame);
    }
  }

  private void compensation(Part.Frame frame) {
    add("subgraph " + backId(frame) + box(frame.name() + ": " + words(frame.compensation())));
    depth++;
    add(DIRECTION);
    List<Part> owed =
        frame.parts().reversed().stream().filter(part -> part.compensation().isPresent()).toList();
    owed.forEach(this::compensation);
    if (frame.shape() == Part.Shape.SEQUENCE) {
      for (int at = 1; at < owed.size(); at++) {
        add(backId(owed.get(at - 1)) + BACK + backId(owed.get(at)));
      }
    }
    depth--;
    add("end");
  }

  private static String words(Optional<String> compensation) {
    return compensation.orElseThrow();
  }

  private void add(String line) {
    lines.add("  ".repeat(depth) + line);
  }

  private static String box(String label) {
    return "[\"" + label + "\"]";
  }

  private static String id(Part part) {
    return "s." + safe(part.name());
  }

  private static String backId(Part part) {
    return "c." + safe(part.name());
  }

  /** A name as an identifier: a hyphen that Mermaid would take for an arrow is a plus. */
  private static String safe(String name) {
    return name.replace(' ', '.').replace('@', '+').replaceAll("-(?=[-.]|$)", "+");
  }
}

/**
 * A definition as a picture: {@link io.skald.saga.diagram.SagaDiagram#of}, then Mermaid or SVG. The
 * text of a picture depends on the definition alone, so a change of it can be reviewed line by
 * line.
 */
@NullMarked
package io.skald.saga.diagram;

import org.jspecify.annotations.NullMarked;

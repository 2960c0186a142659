package io.skald.saga.diagram;

/** A rectangle on a canvas, in pixels. */
record Area(Point at, int width, int height) {}

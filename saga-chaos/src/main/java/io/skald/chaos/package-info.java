/** Real nodes, a real server and a real network, broken on purpose while sagas run. */
@NullMarked
package io.skald.chaos;

import org.jspecify.annotations.NullMarked;

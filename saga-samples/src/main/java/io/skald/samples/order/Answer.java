package io.skald.samples.order;

/**
 * What a service answers: a status and a body that becomes JSON.
 *
 * @param status the HTTP status
 * @param body the body
 */
record Answer(int status, Object body) {

  /**
   * The body of every answer that is no success.
   *
   * @param error what is wrong, for people
   */
  record Problem(String error) {}

  static Answer ok(Object body) {
    return new Answer(200, body);
  }

  /** The service will do it, and say so later. */
  static Answer accepted(Object body) {
    return new Answer(202, body);
  }

  /** Something is missing in the request, or makes no sense. */
  static Answer badRequest(String error) {
    return new Answer(400, new Problem(error));
  }

  static Answer notFound(String error) {
    return new Answer(404, new Problem(error));
  }

  /** The service has understood, and says no for good: nothing happened and nothing will. */
  static Answer refused(String error) {
    return new Answer(409, new Problem(error));
  }

  /** The request was compensated, before or after it came: nothing of it is left. */
  static Answer gone(String error) {
    return new Answer(410, new Problem(error));
  }
}

/** A failure in a thread with a code of our own that is told to the main thread. */
export class CodedError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

import type { CApi, Pointer } from './c-api.js';

/** An error TensorFlow reported: its own text, after the name of the operation. */
export class TensorFlowError extends Error {
  override readonly name = 'TensorFlowError';

  constructor(
    /** The operation that failed, for example `MatMul`. */
    readonly operation: string,
    /** TensorFlow's status code, for example 3 for an invalid argument. */
    readonly code: number,
    text: string,
  ) {
    super(`${operation}: ${text}`);
  }
}

/** The status every call reports to, one for all calls: eager execution takes one call at a time. */
export class Status {
  readonly address: Pointer;

  constructor(private readonly api: CApi) {
    this.address = api.TF_NewStatus();
  }

  /** @throws TensorFlowError if the last call failed. */
  check(operation: string): void {
    const code = this.api.TF_GetCode(this.address);
    if (code !== 0) throw new TensorFlowError(operation, code, this.api.TF_Message(this.address));
  }

  delete(): void {
    this.api.TF_DeleteStatus(this.address);
  }
}

import type { CApi, Pointer } from './c-api.js';
import { Status } from './status.js';

/** A device as TensorFlow lists it, for example `{ name: '/job:localhost/.../device:CPU:0', type: 'CPU' }`. */
export interface Device {
  readonly name: string;
  readonly type: string;
}

/** Options of {@link EagerContext}. */
export interface EagerContextOptions {
  /** Threads within an operation and between operations. Default: TensorFlow's, one per core. */
  threads?: number;
}

/** A `TFE_Context` with the status its calls report to: what operations, tensors and functions live in. */
export class EagerContext {
  readonly address: Pointer;
  readonly status: Status;
  readonly devices: readonly Device[];

  /** @throws TensorFlowError if TensorFlow does not start. */
  constructor(
    readonly api: CApi,
    { threads }: EagerContextOptions = {},
  ) {
    this.status = new Status(api);
    const options = api.TFE_NewContextOptions();
    try {
      if (threads !== undefined) {
        const config = threadConfig(threads);
        api.TFE_ContextOptionsSetConfig(options, config, config.length, this.status.address);
        this.status.check('TFE_ContextOptionsSetConfig');
      }
      this.address = api.TFE_NewContext(options, this.status.address);
      this.status.check('TFE_NewContext');
    } finally {
      api.TFE_DeleteContextOptions(options);
    }
    this.devices = this.listDevices();
  }

  /** Frees the context; nothing that lives in it may be used afterwards. */
  delete(): void {
    this.api.TFE_DeleteContext(this.address);
    this.status.delete();
  }

  private listDevices(): Device[] {
    const { api, status } = this;
    const list = api.TFE_ContextListDevices(this.address, status.address);
    status.check('TFE_ContextListDevices');
    const devices = Array.from({ length: api.TF_DeviceListCount(list) }, (_, i) => ({
      name: api.TF_DeviceListName(list, i, status.address),
      type: api.TF_DeviceListType(list, i, status.address),
    }));
    api.TF_DeleteDeviceList(list);
    return devices;
  }
}

/** A serialised `ConfigProto` with `intra_op_parallelism_threads` (field 2) and `inter_op_parallelism_threads` (5). */
function threadConfig(threads: number): Uint8Array {
  const varint: number[] = [];
  for (let rest = threads; ; rest >>>= 7) {
    if (rest < 0x80) {
      varint.push(rest);
      break;
    }
    varint.push((rest & 0x7f) | 0x80);
  }
  return Uint8Array.from([(2 << 3) | 0, ...varint, (5 << 3) | 0, ...varint]);
}

import type { CApi, Pointer } from './c-api.js';
import { type ContextConfig, configProto } from './config-proto.js';
import { quietly } from './quietly.js';
import { Status } from './status.js';

/** A device as TensorFlow lists it, for example `{ name: '/job:localhost/.../device:CPU:0', type: 'CPU' }`. */
export interface Device {
  readonly name: string;
  readonly type: string;
}

/** A `TFE_Context` with the status its calls report to: what operations, tensors and functions live in. */
export class EagerContext {
  readonly address: Pointer;
  readonly status: Status;
  readonly devices: readonly Device[];

  /** @throws TensorFlowError if TensorFlow does not start. */
  constructor(
    readonly api: CApi,
    config: ContextConfig = {},
  ) {
    this.status = new Status(api);
    const options = api.TFE_NewContextOptions();
    try {
      const proto = configProto(config);
      api.TFE_ContextOptionsSetConfig(options, proto, proto.length, this.status.address);
      this.status.check('TFE_ContextOptionsSetConfig');
      this.address = quietly(api, () => api.TFE_NewContext(options, this.status.address));
      this.status.check('TFE_NewContext');
    } catch (error) {
      this.status.delete();
      throw error;
    } finally {
      api.TFE_DeleteContextOptions(options);
    }
    this.devices = quietly(api, () => this.listDevices());
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

export {
  type Contexts,
  type CrossContextOptions,
  crossContext,
  type DirectionTemperatures,
} from './cross-context.js';
export { type DCLOptions, dcl } from './dcl.js';
export { type ICSCOptions, icsc } from './icsc.js';
export { type InfoNCEOptions, infoNCE } from './info-nce.js';
export { type NextCenterOptions, nextCenter } from './next-center.js';
export { type NTXentOptions, ntXent } from './nt-xent.js';
export type { BaseLossOptions, LossOptions, MaskMode, Reduced, Reduction } from './options.js';
export type { Averaging } from './over-positives.js';
export { type PCSCOptions, type PrototypeLevel, pcsc } from './pcsc.js';
export { type ProtoNCELevel, type ProtoNCEOptions, protoNCE } from './proto-nce.js';
export type { Prototypes } from './prototype-contrast.js';
export { type RelationalCrossEntropyOptions, relationalCrossEntropy } from './relational-cross-entropy.js';
export { type SupConOptions, supCon } from './sup-con.js';
export type { ViewPairOptions } from './view-pair.js';

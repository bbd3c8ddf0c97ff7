export { type ICSCOptions, icsc } from './icsc.js';
export { type InfoNCEOptions, infoNCE } from './info-nce.js';
export type { LossOptions, MaskMode, Reduced, Reduction } from './options.js';
export { type PCSCOptions, type PrototypeLevel, pcsc } from './pcsc.js';
export { type ProtoNCELevel, type ProtoNCEOptions, protoNCE } from './proto-nce.js';

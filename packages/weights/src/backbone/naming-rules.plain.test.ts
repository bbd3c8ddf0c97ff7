import { describe, expect, it } from 'vitest';
import { backboneTensors } from '../index.js';
import { behind, resnet, state } from './state-dict.fixture.js';

const mlp = ['fc.0.weight', 'fc.0.bias', 'fc.2.weight', 'fc.2.bias'];

/** What the official code saves: names found, names dropped and why. */
const cases: Record<string, { layout: string; from: string[]; dropped: Record<string, string> }> = {
  torchvision: {
    layout: 'torchvision',
    from: resnet,
    dropped: { 'bn1.num_batches_tracked': 'counter', 'fc.weight': 'classifier', 'fc.bias': 'classifier' },
  },
  'torchvision in DataParallel, all of the file': {
    layout: 'torchvision',
    from: behind('state_dict.module.'),
    dropped: { 'state_dict.module.fc.weight': 'classifier', 'optimizer.state.0.momentum_buffer': 'optimizer' },
  },
  'MoCo v1': {
    layout: 'moco',
    from: behind('module.encoder_q.'),
    dropped: {
      'module.queue': 'queue',
      'module.queue_ptr': 'queue',
      'module.encoder_q.bn1.num_batches_tracked': 'counter',
      'module.encoder_q.fc.weight': 'projection head',
      'module.encoder_q.fc.bias': 'projection head',
      'module.encoder_k.conv1.weight': 'key encoder',
      'module.encoder_k.bn1.num_batches_tracked': 'key encoder',
      'module.encoder_k.fc.weight': 'key encoder',
    },
  },
  'MoCo v2 and PCL': {
    layout: 'moco',
    from: behind('module.encoder_q.'),
    dropped: {
      'module.queue': 'queue',
      'module.queue_ptr': 'queue',
      ...Object.fromEntries(behind('module.encoder_q.', mlp).map((name) => [name, 'projection head'])),
      ...Object.fromEntries(behind('module.encoder_k.', [...resnet, ...mlp]).map((name) => [name, 'key encoder'])),
    },
  },
  HCSC: {
    layout: 'moco',
    from: behind('module.encoder_q.'),
    dropped: {
      'module.queue': 'queue',
      'module.queue_ptr': 'queue',
      'module.queue_index': 'queue',
      ...Object.fromEntries(behind('module.encoder_q.', mlp).map((name) => [name, 'projection head'])),
      ...Object.fromEntries(behind('module.encoder_k.', [...resnet, ...mlp]).map((name) => [name, 'key encoder'])),
    },
  },
  CGH: {
    layout: 'moco',
    from: behind('net.module.encoder_q.'),
    dropped: {
      'net.module.queue': 'queue',
      'net.module.queue_ptr': 'queue',
      'net.module.queue_targets': 'queue',
      'net.module.queue_index': 'queue',
      'net.module.queue_hyper': 'queue',
      'net.module.queue_hyper_ptr': 'queue',
      'net.module.center': 'center',
      'net.module.center_hyper': 'center',
      'net.module.encoder_q.fc.0.weight': 'projection head',
      'net.module.encoder_k.layer1.0.conv1.weight': 'key encoder',
      'net.module.hypercols_proj_q.scale': 'projection head',
      'net.module.hypercols_proj_q.reg_conv.0.weight': 'projection head',
      'net.module.hypercols_proj_q.reg_conv.1.running_mean': 'projection head',
      'net.module.hypercols_proj_k.projector.2.bias': 'projection head',
      'optimizer0.state.0.momentum_buffer': 'optimizer',
    },
  },
  'MoCo v3': {
    layout: 'moco-v3',
    from: behind('module.base_encoder.'),
    dropped: {
      'module.base_encoder.fc.0.weight': 'projection head',
      'module.base_encoder.fc.4.running_mean': 'projection head',
      'module.momentum_encoder.conv1.weight': 'key encoder',
      'module.predictor.0.weight': 'projection head',
      'module.predictor.1.num_batches_tracked': 'counter',
    },
  },
  SimSiam: {
    layout: 'encoder',
    from: behind('module.encoder.'),
    dropped: { 'module.encoder.fc.0.weight': 'projection head', 'module.predictor.0.weight': 'projection head' },
  },
  'solo-learn': {
    layout: 'backbone',
    from: behind('backbone.'),
    dropped: {
      'backbone.fc.weight': 'projection head',
      'momentum_backbone.conv1.weight': 'key encoder',
      'projector.0.weight': 'projection head',
      'momentum_projector.0.weight': 'projection head',
      'classifier.weight': 'classifier',
      queue: 'queue', // prettier-ignore
    },
  },
  LEWEL: {
    layout: 'online',
    from: behind('module.online_net.backbone.'),
    dropped: {
      'module.online_net.neck.proj.mlp.0.weight': 'projection head',
      'module.target_net.backbone.conv1.weight': 'key encoder',
      'module.predictor_obj.mlp.0.weight': 'projection head',
    },
  },
  VISSL: {
    layout: 'vissl',
    from: behind('classy_state_dict.base_model.model.trunk._feature_blocks.'),
    dropped: { 'classy_state_dict.base_model.model.heads.0.clf.0.weight': 'classifier' },
  },
};

describe.each(Object.entries(cases))('names of %s', (_, { layout, from, dropped }) => {
  // What is dropped stands before and between what is taken.
  const given = state([...Object.keys(dropped), ...from]);
  const found = backboneTensors(given);

  it('become those of torchvision, each with its own values', () => {
    expect(found.layout).toBe(layout);
    expect(Object.keys(found.tensors)).toEqual(resnet);
    for (const [i, name] of resnet.entries()) {
      expect(found.tensors[name]).toEqual({ shape: given[from[i]!]!.shape, data: given[from[i]!]!.data });
    }
  });

  it('are dropped for a reason where they are of something else', () => {
    expect(found.dropped).toEqual(Object.entries(dropped).map(([name, why]) => ({ name, why })));
  });
});

import { batchNorm, mlp, namedParameters, resnet, withHead } from '@hcsc/backbones';
import { createRng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import {
  memory,
  mul,
  ones,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it, vi } from 'vitest';
import { type MomentumEncoder, momentumEncoder } from './momentum-encoder.js';
import { cosineMomentum } from './momentum-schedule.js';

const build = (taps?: string[]): LayersModel =>
  resnet({ blocks: [1, 1], widths: [2, 3], stem: 'cifar', inputShape: [6, 6, 1], rng: createRng(0), taps });
const images = (seed: number): Tensor => createRng(seed).uniformTensor([4, 6, 6, 1]);
const values = (m: LayersModel) =>
  new Map(namedParameters(m).map(({ name, variable }) => [name, Array.from(variable.dataSync())]));
const isBuffer = (name: string) => name.includes('running_');
/** Adds `amount` to every weight, running statistics too. */
const shift = (m: LayersModel, amount: number) =>
  tidy(() => {
    for (const { variable } of namedParameters(m)) variable.assign(sub(variable, -amount));
  });

describe('momentumEncoder', () => {
  it('starts as a copy with variables of its own, drawn from nothing', () => {
    const before = memory().numTensors;
    const query = withHead(build(), mlp({ hidden: 4, units: 2 }));
    const held = memory().numTensors;
    const random = vi.spyOn(Math, 'random');
    const key = momentumEncoder(query);
    expect(random).not.toHaveBeenCalled();
    random.mockRestore();
    expect(values(key.model)).toEqual(values(query));
    const original = values(query);
    shift(query, 1);
    expect(values(key.model)).toEqual(original);
    key.dispose();
    expect(memory().numTensors).toBe(held);
    expect(query.weights[0]!.read().isDisposed).toBe(false);
    query.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('averages what is trained, and leaves running statistics alone', () => {
    const query = build();
    const key = momentumEncoder(query, { momentum: 0.75 });
    const start = values(query);
    shift(query, 2);
    const before = memory().numTensors;
    expect(key.momentum).toBeNull();
    key.update();
    expect(key.momentum).toBe(0.75);
    key.update(0.5);
    expect(key.momentum).toBe(0.5);
    expect(key.step).toBe(2);
    expect(memory().numTensors).toBe(before);
    for (const [name, value] of values(key.model)) {
      // start + 2 · (1 − 0.75), then half of what is left
      const moved = isBuffer(name) ? 0 : 1.25;
      expect([name, value.length]).toEqual([name, start.get(name)!.length]);
      expect(value).toBeAllclose(start.get(name)!.map((v) => v + moved));
    }
    key.update(0);
    for (const [name, value] of values(query)) {
      if (!isBuffer(name)) expect(values(key.model).get(name)).toEqual(value);
    }
    key.dispose();
    query.dispose();
  });

  it('is invisible to variableGrads, inside and outside a loss', () => {
    const query = build();
    const key = momentumEncoder(query);
    const x = images(1);
    const before = memory().numTensors;
    tidy(() => {
      const { grads } = variableGrads(() => {
        const features = query.apply(x, { training: true }) as Tensor;
        return sum(mul(features, key.forward<Tensor>(x))) as Scalar;
      });
      const trained = namedParameters(query).filter(({ trainable }) => trainable);
      expect(Object.keys(grads).sort()).toEqual(trained.map(({ variable }) => variable.name).sort());
      expect(namedParameters(key.model).every(({ trainable, variable }) => !trainable && !variable.trainable)).toBe(
        true,
      );
    });
    expect(memory().numTensors).toBe(before);
    x.dispose();
    key.dispose();
    query.dispose();
  });

  it('keeps running statistics of its own forward passes', () => {
    const query = build();
    const key = momentumEncoder(query);
    const start = values(query).get('bn1.running_mean')!;
    tidy(() => {
      const x = images(1);
      const trained = key.forward(x);
      expect(values(query).get('bn1.running_mean')).toEqual(start);
      const moved = values(key.model).get('bn1.running_mean')!;
      expect(moved).not.toBeAllclose(start, 1e-3);
      expect(trained).toBeAllclose(query.apply(x, { training: true }) as Tensor, 1e-6);
      expect(key.forward(x, { training: false })).toBeAllclose(key.model.predict(x) as Tensor, 0);
      expect(values(key.model).get('bn1.running_mean')).toEqual(moved);
    });
    key.dispose();
    query.dispose();
  });

  it('gives every output of a tapped model', () => {
    const query = build(['stage1', 'pooled']);
    const key = momentumEncoder(query);
    const x = images(2);
    const before = memory().numTensors;
    const outputs = key.forward<Tensor[]>(x, { training: false });
    expect(memory().numTensors).toBe(before + 2);
    tidy(() => {
      (query.predict(x) as Tensor[]).forEach((expected, i) => {
        expect(outputs[i]).toBeAllclose(expected, 0);
      });
    });
    for (const t of [...outputs, x]) t.dispose();
    key.dispose();
    query.dispose();
  });

  it('copies other models: sequential, nested, partly or wholly frozen', () => {
    const body = sequential({
      name: 'body',
      layers: [layers.dense({ units: 3, inputShape: [2], kernelInitializer: 'ones' }), batchNorm({ name: 'norm' })],
    });
    const x = input({ shape: [2] });
    const frozen = layers.dense({ units: 1, name: 'frozen', trainable: false, kernelInitializer: 'ones' });
    const nested = model({ inputs: x, outputs: frozen.apply(body.apply(x)) as SymbolicTensor });
    for (const freeze of [false, true]) {
      for (const query of [body, nested]) {
        query.trainable = !freeze;
        const key = momentumEncoder(query, { momentum: 0 });
        tidy(() => {
          const at = tensor([1, -2, 0.5, 3], [2, 2]);
          expect(key.model.predict(at) as Tensor).toBeAllclose(query.predict(at) as Tensor, 0);
          for (const w of query.weights) w.write(mul(ones(w.shape as number[]), 0.5));
          key.update();
          key.update();
          const names = namedParameters(key.model);
          expect(names.every(({ variable }) => !variable.trainable)).toBe(true);
          for (const { name, variable } of names) {
            if (!isBuffer(name)) expect(new Set(variable.dataSync())).toEqual(new Set([0.5]));
          }
        });
        key.dispose();
      }
    }
    nested.dispose();
  });

  it('follows a schedule, also after a restart', () => {
    const query = build();
    const options = { momentum: cosineMomentum(0.5), totalSteps: 4 };
    const key = momentumEncoder(query, options);
    const used = [1, 2, 3, 4].map(() => {
      key.update();
      return key.momentum!;
    });
    expect(used).toBeAllclose([0.5, 1 - 0.25 * (Math.SQRT1_2 + 1), 0.75, 1 - 0.25 * (1 - Math.SQRT1_2)]);
    const other = momentumEncoder(query, options);
    other.restore({ step: 2 });
    other.update();
    expect(other.momentum).toBe(used[2]);
    expect(other.state()).toEqual({ step: 3 });
    for (const each of [key, other]) each.dispose();
    query.dispose();
  });

  it('follows its schedule when it is compiled, with the same weights as when it is not', () => {
    const query = build();
    const options = { momentum: cosineMomentum(0.5), totalSteps: 6 };
    const [plain, traced] = [momentumEncoder(query, options), momentumEncoder(query, options)];
    shift(query, 1);
    const run = (key: MomentumEncoder) => () => {
      key.update();
      key.update(0.25);
      return [];
    };
    const call = replayed(run(traced));
    const before = memory().numTensors;
    for (let i = 0; i < 3; i++) {
      run(plain)();
      call();
      expect([traced.step, traced.momentum]).toEqual([2 * i + 2, 0.25]);
      expect([...values(traced.model)]).toEqual([...values(plain.model)]);
    }
    expect(memory().numTensors).toBe(before);
    traced.restore({ step: 1 });
    plain.restore({ step: 1 });
    run(plain)();
    call();
    expect([...values(traced.model)]).toEqual([...values(plain.model)]);
    for (const key of [plain, traced]) key.dispose();
    query.dispose();
  });

  it('leaves weights and step alone if a trace fails, and refuses what would be frozen', () => {
    const query = build();
    const key = momentumEncoder(query, { momentum: 0.5 });
    shift(query, 1);
    const start = [...values(key.model)];
    const fails = (frozen: () => unknown) =>
      replayed(() => {
        key.update();
        frozen();
        return [];
      });
    expect(() => fails(() => key.step)()).toThrow(/Cannot read encoder.step while .* use it between calls/);
    expect(() => fails(() => key.momentum)()).toThrow(/encoder.momentum/);
    expect(() => fails(() => key.state())()).toThrow(/encoder.state\(\)/);
    expect(() => fails(() => key.restore({ step: 3 }))()).toThrow(/encoder.restore\(\)/);
    expect(() => fails(() => key.update(2))()).toThrow(/momentum 2/);
    expect(key.state()).toEqual({ step: 0 });
    expect([...values(key.model)]).toEqual(start);
    key.dispose();
    query.dispose();
  });

  it('refuses momenta and schedules that make no sense', () => {
    const query = build();
    const before = memory().numTensors;
    expect(() => momentumEncoder(query, { momentum: 2 })).toThrow(/momentum 2: give a number from 0 to 1/);
    expect(() => momentumEncoder(query, { momentum: cosineMomentum(0.9) })).toThrow(/give totalSteps/);
    expect(() => momentumEncoder(query, { momentum: cosineMomentum(0.9), totalSteps: 0 })).toThrow(RangeError);
    expect(memory().numTensors).toBe(before);
    const key = momentumEncoder(query);
    expect(() => key.update(-1)).toThrow(RangeError);
    expect(() => key.restore({ step: 0.5 })).toThrow(/step 0.5/);
    expect([key.step, key.momentum]).toEqual([0, null]);
    key.dispose();
    query.dispose();
  });

  it('says what to do about layers it cannot copy', () => {
    class Own extends layers.Layer {
      static className = 'Unregistered';
    }
    const x = input({ shape: [2] });
    const query = model({ inputs: x, outputs: new Own({}).apply(x) as SymbolicTensor, name: 'own' });
    expect(() => momentumEncoder(query)).toThrow(/Cannot copy own .*registerClass/);
  });
});

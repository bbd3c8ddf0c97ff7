import {
  argMax,
  cast,
  div,
  equal,
  exp,
  logSoftmax,
  matMul,
  mean,
  mul,
  neg,
  type Scalar,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';

/** Rows `[N, D]`, the queue `[M, D]` that they are related to, and how sharply. */
export interface Side {
  readonly rows: Tensor2D;
  readonly queue: Tensor2D;
  readonly temperature: number;
  /** `[M]`, subtracted from the similarities. */
  readonly center?: Tensor1D | undefined;
}

/** What the relations of a teacher and of a student are like. */
export interface RelationFigures {
  /** Mean entropy in nats: at most log M, where all entries of the queue are the same to it. */
  readonly teacherEntropy: Scalar;
  readonly studentEntropy: Scalar;
  /** The share of images whose most similar entry is the same for both. */
  readonly agreement: Scalar;
}

/** Compares the relations softmax((x·n − center)/τ) of a teacher and of a student; entry j of both queues is one image. */
export function relationFigures(teacher: Side, student: Side): RelationFigures {
  return tidy(() => {
    const [taught, learnt] = [relationsOf(teacher), relationsOf(student)];
    return {
      teacherEntropy: entropyOf(taught),
      studentEntropy: entropyOf(learnt),
      agreement: mean<Scalar>(cast(equal(argMax(taught, 1), argMax(learnt, 1)), 'float32')),
    };
  });
}

/** log softmax, `[N, M]`. */
function relationsOf({ rows, queue, temperature, center }: Side): Tensor2D {
  const similarities = matMul(rows, queue, false, true);
  return logSoftmax(div(center ? sub(similarities, center) : similarities, temperature) as Tensor2D);
}

const entropyOf = (relations: Tensor2D): Scalar => neg(mean<Scalar>(sum(mul(exp(relations), relations), 1)));
